import { useMemo } from 'react'
import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { showToast } from './toastStore'
import { useErrorText } from './useErrorText'

/** Short messages at the top. Errors stay longer; the same `id` replaces itself. */
export function useNotify() {
  const errorText = useErrorText()
  const { close } = useText(commonText)
  return useMemo(() => {
    const show = (message: string, color: string, autoClose: number, id?: string) =>
      showToast({ message, color, autoClose, withBorder: true, closeButtonProps: { 'aria-label': close }, ...(id ? { id } : {}) })
    return {
      success: (message: string, id?: string) => show(message, 'sea', 3000, id),
      info: (message: string, id?: string) => show(message, 'gray', 5000, id),
      error: (error: unknown) => show(typeof error === 'string' ? error : errorText(error), 'red', 8000),
    }
  }, [errorText, close])
}
