import { SegmentedControl } from '@mantine/core'
import { useText } from '../i18n'
import { reportsText } from '../i18n/reports'
import classes from './Live.module.css'

export type NumbersView = 'now' | 'today'

/** How things stand now, or how the day has been. */
export function NumbersSwitch({ view, onChange }: { view: NumbersView; onChange: (view: NumbersView) => void }) {
  const { live } = useText(reportsText)
  return (
    <div className={classes.views} title={view === 'today' ? live.help : undefined}>
      <SegmentedControl<NumbersView>
        size="xs"
        aria-label={live.view}
        value={view}
        onChange={onChange}
        data={[
          { value: 'now', label: live.now },
          { value: 'today', label: live.today },
        ]}
      />
    </div>
  )
}
