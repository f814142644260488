import type { ComponentChildren } from 'preact'

function Icon({ children, size = 20 }: { children: ComponentChildren; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      {children}
    </svg>
  )
}

export const ChatIcon = () => (
  <Icon size={28}>
    <path d="M21 11.5a8.4 8.4 0 0 1-8.5 8.3 9 9 0 0 1-3.9-.9L3 21l1.9-5.3a8.2 8.2 0 0 1-.9-3.9A8.4 8.4 0 0 1 12.5 3.5 8.3 8.3 0 0 1 21 11.5z" />
  </Icon>
)
export const CloseIcon = () => (
  <Icon>
    <path d="M6 6l12 12M18 6L6 18" />
  </Icon>
)
export const DownIcon = () => (
  <Icon size={24}>
    <path d="M6 9l6 6 6-6" />
  </Icon>
)
export const SendIcon = () => (
  <Icon>
    <path d="M5 12h13M12 5.5L18.5 12 12 18.5" />
  </Icon>
)
export const ClipIcon = () => (
  <Icon>
    <path d="M20 11.5l-8.3 8.2a5.2 5.2 0 0 1-7.4-7.3l8.3-8.3a3.5 3.5 0 0 1 5 4.9l-8.4 8.3a1.7 1.7 0 0 1-2.4-2.4l7.6-7.6" />
  </Icon>
)
export const FileIcon = () => (
  <Icon size={18}>
    <path d="M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8zM14 3v5h5" />
  </Icon>
)
export const BookIcon = () => (
  <Icon size={16}>
    <path d="M4 5.5A2.5 2.5 0 0 1 6.5 3H20v15H6.5A2.5 2.5 0 0 0 4 20.5zM4 20.5A2.5 2.5 0 0 0 6.5 21H20v-3" />
  </Icon>
)
export const StarIcon = () => (
  <svg width="20" height="20" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
    <path d="M12 2.8l2.8 5.8 6.3.9-4.6 4.4 1.1 6.3L12 17.2l-5.6 3 1.1-6.3L2.9 9.5l6.3-.9z" />
  </svg>
)
export const BotIcon = () => (
  <Icon size={18}>
    <rect x="4" y="8" width="16" height="11" rx="3" />
    <path d="M12 8V4.5M9 13v1M15 13v1" />
  </Icon>
)
