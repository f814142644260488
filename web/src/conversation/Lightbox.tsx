import { Modal } from '@mantine/core'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import classes from './Attachments.module.css'

/** A picture as large as the window allows. */
export default function Lightbox({ url, name, close }: { url: string; name: string; close: () => void }) {
  const common = useText(commonText)
  return (
    <Modal opened onClose={close} title={name} size="xl" closeButtonProps={{ 'aria-label': common.close }}>
      <img className={classes.full} src={url} alt={name} />
    </Modal>
  )
}
