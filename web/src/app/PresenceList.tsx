import { Switch, UnstyledButton } from '@mantine/core'
import { IconCheck } from '@tabler/icons-react'
import { useState } from 'react'
import { useLocalText, useText } from '../i18n'
import { shellText } from '../i18n/shell'
import classes from './Presence.module.css'
import { builtin, toneOf, usePresence } from './usePresence'

/** The presences to choose from, now or after the conversations held. */
export default function PresenceList({ onDone }: { onDone: () => void }) {
  const t = useText(shellText)
  const local = useLocalText()
  const { state, presences, change } = usePresence()
  const [after, setAfter] = useState(false)
  const choose = (presence: string) => {
    change.mutate({ presence, after_conversation: after })
    onDone()
  }
  return (
    <>
      <div role="group" aria-label={t.presence.label}>
        {presences
          .filter((presence) => presence.id !== builtin.notResponding)
          .map((presence) => (
            <UnstyledButton
              key={presence.id}
              className={classes.option}
              data-testid={`presence-${presence.id}`}
              aria-pressed={presence.id === state.presence}
              onClick={() => choose(presence.id)}
            >
              <span className={classes.dot} data-tone={toneOf(presence.id, presence)} />
              <span className={classes.name}>{local(presence.label)}</span>
              {presence.id === state.presence && <IconCheck size={16} aria-hidden />}
            </UnstyledButton>
          ))}
      </div>
      {state.load > 0 && (
        <Switch
          className={classes.after}
          data-testid="presence-after"
          size="sm"
          checked={after}
          onChange={(event) => setAfter(event.currentTarget.checked)}
          label={t.presence.after}
          description={t.presence.afterHelp}
        />
      )}
    </>
  )
}
