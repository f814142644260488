import type { ContactDetail, Starter } from '../api/types'

const phone = /^\+[1-9][0-9]{6,14}$/

/** The contact's addresses by which they can be written to on a channel, those of the channel itself first. */
export function addressesOn({ channel, address }: Pick<Starter, 'channel' | 'address'>, detail: Pick<ContactDetail, 'identities'> | undefined): string[] {
  const identities = detail?.identities ?? []
  const own = identities.filter((one) => one.kind === channel.kind && one.realm === channel.id)
  const fits = (one: string) => (address === 'phone' ? phone.test(one) : address === 'email' ? one.includes('@') : false)
  const others = identities.filter((one) => fits(one.address))
  return [...new Set([...own, ...others].map((one) => one.address))]
}
