import { Button, Loader } from '@mantine/core'
import { IconHelpCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, call } from '../api/client'
import { keys } from '../api/keys'
import { useSkills } from '../api/queries'
import type { Explanation, Reason } from '../api/types'
import { useFormat, useLanguage, useLocalText, useText } from '../i18n'
import { customerText } from '../i18n/customer'
import { Avatar } from '../ui/Avatar'
import { useErrorText } from '../ui/useErrorText'
import classes from './Panel.module.css'
import { Section } from './Section'

/** "Why is it waiting?": place, estimate, and per agent why (not). */
export function Explain({ conversationId }: { conversationId: string }) {
  const t = useText(customerText)
  const errorText = useErrorText()
  const [asked, setAsked] = useState(false)
  const query = useQuery({
    queryKey: keys.explain(conversationId),
    queryFn: () => call(api.GET('/conversations/{id}/explain', { params: { path: { id: conversationId } } })),
    enabled: asked,
    refetchInterval: asked ? 10_000 : false,
  })
  if (!asked) {
    return (
      <div className={classes.section}>
        <Button size="compact-sm" fullWidth h={32} variant="light" leftSection={<IconHelpCircle size={15} aria-hidden />} onClick={() => setAsked(true)}>
          {t.why}
        </Button>
      </div>
    )
  }
  return (
    <Section title={t.why} action={query.isFetching ? <Loader size={12} /> : undefined}>
      {query.isError && <p className={classes.dim}>{errorText(query.error)}</p>}
      {query.data && <ExplanationView explanation={query.data} />}
    </Section>
  )
}

function ExplanationView({ explanation }: { explanation: Explanation }) {
  const t = useText(customerText)
  const format = useFormat()
  const { language } = useLanguage()
  const reason = useReasonText()
  const place = [
    explanation.position === undefined ? '' : t.position(explanation.position),
    explanation.estimated_wait_s === undefined ? '' : t.estimate(format.duration(explanation.estimated_wait_s * 1000)),
  ].filter(Boolean)
  return (
    <>
      {language === 'en' && <p>{explanation.summary}</p>}
      {place.length > 0 && <p className={classes.dim}>{place.join(', ')}</p>}
      <ul className={classes.agents}>
        {explanation.agents.map(({ agent, eligible, reasons }) => (
          <li key={agent.id} className={classes.agent}>
            <Avatar name={agent.name} seed={agent.id} size={24} />
            <div>
              <p>{agent.name}</p>
              <p className={classes.agentWhy} data-ok={eligible}>
                {[eligible ? t.eligible : t.notEligible, ...reasons.map(reason)].join(' · ')}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </>
  )
}

/** A reason in the language chosen; English has the server's exact words. */
function useReasonText(): (reason: Reason) => string {
  const t = useText(customerText)
  const { language } = useLanguage()
  const local = useLocalText()
  const { data: skills } = useSkills()
  return ({ code, text, params }) => {
    if (language === 'en') return text
    if (code === 'skill' && params?.skill) {
      const skill = skills?.find((one) => one.id === params.skill)
      return t.skillLow(skill ? local(skill.label) : params.skill, params.has ?? '0', params.wanted ?? '')
    }
    return Object.hasOwn(t.reasonCode, code) ? t.reasonCode[code as keyof typeof t.reasonCode] : text
  }
}
