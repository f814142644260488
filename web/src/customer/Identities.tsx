import { Button, Group, TextInput } from '@mantine/core'
import { IconPlus, IconRosetteDiscountCheck } from '@tabler/icons-react'
import { useState } from 'react'
import type { ContactDetail } from '../api/types'
import { useFormat, useText } from '../i18n'
import { commonText } from '../i18n/common'
import { customerText } from '../i18n/customer'
import { ChannelIcon, useChannelName } from '../ui/ChannelIcon'
import { readableAddress } from '../ui/names'
import classes from './Panel.module.css'
import { Section } from './Section'
import type { ContactChanges } from './useContact'

/** What anybody may have said to be theirs; an account on a channel is known by what was written from it. */
const claims = new Set(['email', 'phone'])

/** The addresses the contact is known by; what is proven to be theirs is marked. */
export function Identities({ detail, changes }: { detail: ContactDetail; changes: ContactChanges }) {
  const t = useText(customerText)
  const format = useFormat()
  const channelName = useChannelName()
  const [adding, setAdding] = useState<'email' | 'phone' | null>(null)
  return (
    <Section title={t.identities}>
      <ul className={classes.list}>
        {distinct(detail.identities).map((identity) => (
          <li key={identity.id} className={classes.identity} title={`${channelName(identity.kind)} · ${identity.address} · ${format.date(identity.since)}`}>
            <ChannelIcon kind={identity.kind} size={16} />
            <span className={classes.address}>{readableAddress(identity.address) || channelName(identity.kind)}</span>
            {identity.verified ? (
              <span className={classes.verified}>
                <IconRosetteDiscountCheck size={15} aria-hidden />
                {t.verified}
              </span>
            ) : claims.has(identity.kind) ? (
              <span className={classes.unverified}>{t.unverified}</span>
            ) : null}
          </li>
        ))}
      </ul>
      {adding ? (
        <AddressForm kind={adding} changes={changes} done={() => setAdding(null)} />
      ) : (
        <Group gap={4} mt={4} ml={-8}>
          <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={13} aria-hidden />} onClick={() => setAdding('email')}>
            {t.addEmail}
          </Button>
          <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={13} aria-hidden />} onClick={() => setAdding('phone')}>
            {t.addPhone}
          </Button>
        </Group>
      )}
    </Section>
  )
}

/** An email address is known by the channel it wrote to and as an address; people see one, the proven one if there is. */
function distinct(all: ContactDetail['identities']): ContactDetail['identities'] {
  const same = (a: (typeof all)[number], b: (typeof all)[number]) => a.kind === b.kind && a.address === b.address
  const first = [...all].sort((a, b) => Number(b.verified) - Number(a.verified))
  return all.filter((identity) => first.find((other) => same(other, identity)) === identity)
}

function AddressForm({ kind, changes, done }: { kind: 'email' | 'phone'; changes: ContactChanges; done: () => void }) {
  const t = useText(customerText)
  const common = useText(commonText)
  const [address, setAddress] = useState('')
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        changes.patch.mutate({ [kind]: address.trim() }, { onSuccess: done })
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') done()
      }}
    >
      <TextInput size="xs" autoFocus type={kind === 'email' ? 'email' : 'tel'} aria-label={t[kind]} placeholder={t[kind]} required value={address} onChange={(event) => setAddress(event.currentTarget.value)} />
      <Button size="xs" type="submit" loading={changes.patch.isPending} disabled={!address.trim()}>
        {common.add}
      </Button>
      <Button size="xs" variant="default" onClick={done}>
        {common.cancel}
      </Button>
    </form>
  )
}
