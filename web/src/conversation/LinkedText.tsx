import { useText } from '../i18n'
import { commonText } from '../i18n/common'
import { splitLinks } from './links'

/** Text as it was written; only http and https addresses become links. */
export function LinkedText({ text }: { text: string }) {
  const t = useText(commonText)
  return splitLinks(text).map((part, index) =>
    part.href ? (
      <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow" title={t.newWindow}>
        {part.text}
      </a>
    ) : (
      part.text
    ),
  )
}
