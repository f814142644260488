import { useLanguage } from '../../i18n'
import classes from './Channels.module.css'

/** What a provider or our server said exactly, for an admin who reads another language: it can be searched for and passed on. */
export function InEnglish({ words }: { words: string }) {
  const { language } = useLanguage()
  if (language === 'en' || !words) return null
  return (
    <small lang="en" className={classes.english}>
      {words}
    </small>
  )
}
