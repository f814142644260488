import '@mantine/notifications/styles.layer.css'
import { Notifications } from '@mantine/notifications'

export default function ToastList() {
  return <Notifications position="top-center" limit={4} zIndex={1000} />
}
