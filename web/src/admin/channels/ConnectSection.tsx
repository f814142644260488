import type { Channel, ChannelKind } from '../../api/types'
import { useLocalText, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { CopyField, Section } from '../kit/fields'

/** What belongs elsewhere: into the provider's console, or into the business's own pages. */
export function ConnectSection({ channel, kind }: { channel: Channel; kind: ChannelKind | undefined }) {
  const t = useText(adminText).channels
  const local = useLocalText()
  // Where the provider wants more than the bare address, the kind says it itself.
  const webhook = kind?.webhook && !channel.setup.some((item) => item.value.startsWith(channel.webhook_url))
  if (!webhook && channel.setup.length === 0 && !channel.snippet && !channel.identity_secret) return null
  return (
    <Section title={t.connect}>
      {webhook && <CopyField label={t.webhook} help={t.webhookHelp} value={channel.webhook_url} />}
      {channel.setup.map((item) => (
        <CopyField key={item.label.en} label={local(item.label)} help={local(item.help)} value={item.value} />
      ))}
      {channel.snippet && <CopyField label={t.snippet} help={t.snippetHelp} value={channel.snippet} />}
      {channel.identity_secret && <CopyField secret label={t.identity} help={t.identityHelp} value={channel.identity_secret} />}
    </Section>
  )
}
