import {
  IconBrandDiscord,
  IconBrandGoogle,
  IconBrandInstagram,
  IconBrandLine,
  IconBrandMessenger,
  IconBrandTelegram,
  IconBrandWhatsapp,
  IconDeviceMobileMessage,
  IconMail,
  IconMessageCircle,
  IconMessages,
  IconPhone,
  type Icon,
} from '@tabler/icons-react'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'

const icons: Record<string, Icon> = {
  webchat: IconMessageCircle,
  sms: IconDeviceMobileMessage,
  whatsapp: IconBrandWhatsapp,
  telegram: IconBrandTelegram,
  discord: IconBrandDiscord,
  line: IconBrandLine,
  kakao: IconMessageCircle,
  email: IconMail,
  phone: IconPhone,
  voice: IconPhone,
  messenger: IconBrandMessenger,
  instagram: IconBrandInstagram,
  rcs: IconDeviceMobileMessage,
  gbm: IconBrandGoogle,
}

export function ChannelIcon({ kind, size = 14 }: { kind: string; size?: number }) {
  const Found = icons[kind] ?? IconMessages
  return <Found size={size} stroke={1.9} aria-hidden />
}

/** "WhatsApp"; a kind we have no word for as it is. */
export function useChannelName(): (kind: string) => string {
  const { channel } = useText(commonText)
  return (kind) => (Object.hasOwn(channel, kind) ? channel[kind as keyof typeof channel] : kind)
}
