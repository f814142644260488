import { Button, Group, Modal, Radio, SegmentedControl, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useNavigate } from 'react-router'
import { api, call } from '../api/client'
import { asApiError } from '../api/errors'
import { keys } from '../api/keys'
import type { ContactDetail, Starter, TemplateFilled } from '../api/types'
import { Counter } from '../composer/Counter'
import { mostParts, SplitPreview, useParts } from '../composer/SplitPreview'
import { TemplateForm, type Filled } from '../composer/TemplateForm'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { startText } from '../i18n/start'
import { applyConversation } from '../inbox/listCache'
import { uuid } from '../lib/uuid'
import { useMe } from '../session'
import { ChannelIcon } from '../ui/ChannelIcon'
import { Failed } from '../ui/Failed'
import { Notice } from '../ui/Notice'
import { useErrorText } from '../ui/useErrorText'
import { addressesOn } from './addresses'

type Props = {
  /** Who is written to; absent: whoever has the address. */
  detail?: ContactDetail | undefined
  /** What to begin with as the address. */
  to?: string
  close: () => void
}

/** Writes to a customer first: on which channel, to which address, what. */
export default function StartDialog({ detail, to = '', close }: Props) {
  const t = useText(startText)
  const common = useText(commonText)
  const { data, error, isPending, refetch } = useQuery({ queryKey: keys.starters, queryFn: async () => (await call(api.GET('/starters'))).items, staleTime: 60_000 })
  const [chosen, setChosen] = useState('')
  // Where there is an address already, first.
  const sorted = (data ?? []).toSorted((a, b) => Number(addressesOn(b, detail).length > 0) - Number(addressesOn(a, detail).length > 0))
  const starter = sorted.find((one) => one.channel.id === chosen) ?? sorted[0]
  return (
    <Modal opened onClose={close} size="lg" title={detail?.contact.name ? t.titleWith(detail.contact.name) : t.title} closeButtonProps={{ 'aria-label': common.close }}>
      {error ? (
        <Failed title={t.failed} error={error} retry={() => void refetch()} />
      ) : isPending ? null : !starter ? (
        <Text c="dimmed" data-testid="start-none">
          {t.none}
        </Text>
      ) : (
        <Stack gap="md">
          <Radio.Group label={t.channel} value={starter.channel.id} onChange={setChosen}>
            <Group gap="md" mt={6}>
              {sorted.map(({ channel }) => (
                <Radio
                  key={channel.id}
                  value={channel.id}
                  data-testid={`start-on-${channel.id}`}
                  label={
                    <span style={{ display: 'inline-flex', gap: 8, alignItems: 'center' }}>
                      <ChannelIcon kind={channel.kind} size={16} /> {channel.name}
                    </span>
                  }
                />
              ))}
            </Group>
          </Radio.Group>
          <StartForm key={starter.channel.id} starter={starter} detail={detail} to={to} close={close} />
        </Stack>
      )}
    </Modal>
  )
}

type FormProps = { starter: Starter; detail: ContactDetail | undefined; to: string; close: () => void }

type Open = { id: string; agent: string | undefined }

const other = ''

function StartForm({ starter, detail, to, close }: FormProps) {
  const t = useText(startText)
  const common = useText(commonText)
  const errorText = useErrorText()
  const me = useMe()
  const client = useQueryClient()
  const navigate = useNavigate()
  const { channel, capabilities } = starter
  const addresses = addressesOn(starter, detail)
  const [picked, setPicked] = useState(addresses[0] ?? other)
  const [typed, setTyped] = useState(to)
  const [text, setText] = useState('')
  const [filled, setFilled] = useState<Filled | null>(null)
  const [what, setWhat] = useState<'text' | 'template'>(capabilities.start_by_template ? 'template' : 'text')
  const address = picked === other ? typed.trim() : picked
  // The same ids for every try: what has been started is not started again.
  const [ids] = useState(() => ({ conversation: uuid(), message: uuid() }))
  const { parts } = useParts({ channel_id: channel.id, text: what === 'text' ? text.trim() : '', files: 0, options: [] }, capabilities)
  const start = useMutation({
    mutationFn: (message: { text: string } | { template: TemplateFilled }) =>
      call(
        api.POST('/conversations', {
          body: {
            id: ids.conversation,
            channel_id: channel.id,
            to: address,
            ...(detail ? { contact_id: detail.contact.id } : {}),
            message: { id: ids.message, ...message },
          },
        }),
      ),
    onSuccess: (conversation) => {
      applyConversation(client, me.id, conversation)
      void client.invalidateQueries({ queryKey: keys.lists })
      void client.invalidateQueries({ queryKey: keys.contacts })
      void client.invalidateQueries({ queryKey: ['contact'] })
      go(conversation.id)
    },
  })
  const go = (id: string) => {
    close()
    void navigate(`/inbox/all/${id}`)
  }
  const ready = address !== '' && (what === 'template' ? filled !== null : text.trim() !== '' && (parts?.length ?? 1) <= mostParts)
  const send = () => start.mutate(what === 'template' && filled ? { template: filled.template } : { text: text.trim() })
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (ready) send()
      }}
    >
      <Stack gap="md">
        {addresses.length > 0 && (
          <Radio.Group label={t.to} value={picked} onChange={setPicked}>
            <Stack gap="xs" mt={6}>
              {addresses.map((address) => (
                <Radio key={address} value={address} label={address} data-testid="start-address" />
              ))}
              <Radio value={other} label={t.another} data-testid="start-other" />
            </Stack>
          </Radio.Group>
        )}
        {picked === other && (
          <TextInput
            data-testid="start-to"
            label={t.address[starter.address]}
            placeholder={t.placeholder[starter.address]}
            type={starter.address === 'phone' ? 'tel' : starter.address === 'email' ? 'email' : 'text'}
            required
            maxLength={300}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {capabilities.start_by_template ? (
          <Text size="sm" c="dimmed">
            {t.templateOnly}
          </Text>
        ) : (
          capabilities.templates && (
            <SegmentedControl
              aria-label={t.what}
              value={what}
              onChange={(next) => setWhat(next === 'template' ? 'template' : 'text')}
              data={[
                { value: 'text', label: t.text },
                { value: 'template', label: t.template },
              ]}
            />
          )
        )}
        {what === 'template' ? (
          <TemplateForm channelId={channel.id} language={detail?.contact.locale.slice(0, 2) ?? ''} onChange={setFilled} />
        ) : (
          <div>
            <Textarea data-testid="start-text" label={t.message} autosize minRows={3} maxRows={8} required value={text} onChange={(event) => setText(event.currentTarget.value)} />
            <Counter text={text.trim()} capabilities={capabilities} />
            {parts && <SplitPreview parts={parts} language={detail?.contact.locale.slice(0, 2) ?? ''} />}
          </div>
        )}
        {(starter.paused === true || starter.outage_since !== undefined) && <Notice role="status">{t.waits}</Notice>}
        {start.error && <Refused error={start.error} words={errorText(start.error)} go={go} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            {common.cancel}
          </Button>
          <Button type="submit" data-testid="start-send" disabled={!ready} loading={start.isPending}>
            {t.start}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function Refused({ error, words, go }: { error: Error; words: string; go: (id: string) => void }) {
  const t = useText(startText)
  const { code, conversation_id: id, taken_by: agent } = asApiError(error).problem
  const open: Open | undefined = code === 'already_open' && id ? { id, agent } : undefined
  return (
    <Notice bad={!open} role="alert">
      <Group gap="sm" data-testid="start-refused">
        <span>{open ? (open.agent ? t.openWith(open.agent) : t.open) : words}</span>
        {open && (
          <Button size="compact-sm" variant="default" data-testid="start-go" onClick={() => go(open.id)}>
            {t.goThere}
          </Button>
        )}
      </Group>
    </Notice>
  )
}
