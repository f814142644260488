import { Modal } from '@mantine/core'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { shellText } from '../i18n/shell'
import { Keys } from '../ui/Keys'
import { useActionRegistry, type Action, type ActionGroup } from './actions'
import classes from './HelpSheet.module.css'

const groups: ActionGroup[] = ['general', 'offers', 'list', 'conversation', 'composer']

/** All shortcuts of where I am now, also those that have nothing to act on yet. */
export default function HelpSheet({ close }: { close: () => void }) {
  const t = useText(shellText)
  const common = useText(commonText)
  const registry = useActionRegistry()
  const fixed: Pick<Action, 'id' | 'label' | 'group' | 'keys'>[] = [
    { id: 'send', label: t.keys.send, group: 'composer', keys: 'enter' },
    { id: 'newline', label: t.keys.newline, group: 'composer', keys: 'shift+enter' },
    { id: 'canned', label: t.keys.canned, group: 'composer', keys: '/' },
  ]
  const all = [...registry.all(), ...fixed].filter((action) => action.keys)
  const unique = [...new Map(all.map((action) => [action.id, action])).values()]
  return (
    <Modal opened onClose={close} title={t.help.title} size="lg" closeButtonProps={{ 'aria-label': common.close }}>
      <div className={classes.columns}>
        {groups.map((group) => {
          const actions = unique.filter((action) => action.group === group)
          if (actions.length === 0) return null
          return (
            <section key={group} className={classes.group}>
              <h3 className={classes.title}>{t.help.groups[group]}</h3>
              <dl className={classes.list}>
                {actions.map((action) => (
                  <div key={action.id} className={classes.line}>
                    <dt>{action.label}</dt>
                    <dd>
                      <Keys keys={action.keys ?? ''} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          )
        })}
      </div>
    </Modal>
  )
}
