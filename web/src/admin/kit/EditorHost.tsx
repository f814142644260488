import { Drawer, MantineThemeProvider, type MantineThemeOverride } from '@mantine/core'
import { useWindowEvent } from '@mantine/hooks'
import { Fragment, useMemo, useRef, useState, type ReactNode } from 'react'
import { useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { EditorContext, type Asking, type EditorState } from './editor'
import classes from './Editor.module.css'

type Props = {
  /** What is edited, by the address; nothing: the drawer is closed. */
  id: string | undefined
  onClose: () => void
  size?: number
  children: (id: string) => ReactNode
}

/** Explanations below the inputs, so that inputs side by side line up. */
const below: MantineThemeOverride = {
  components: { InputWrapper: { defaultProps: { inputWrapperOrder: ['label', 'input', 'error', 'description'] } } },
}

/** The drawer that entries of a list are edited in. It opens by address and asks before changes are lost. */
export function EditorHost({ id, onClose, size = 680, children }: Props) {
  const t = useText(adminText)
  const [shown, setShown] = useState(id)
  const [round, setRound] = useState(0)
  const [asking, ask] = useState<Asking>()
  const dirty = useRef<boolean | 'held'>(false)
  if (id !== undefined && id !== shown) {
    setShown(id)
    ask(undefined)
  }

  const state = useMemo<EditorState>(() => {
    const close = () => {
      dirty.current = false
      ask(undefined)
      onClose()
    }
    return {
      close,
      leave: () => {
        if (dirty.current === 'held') return
        if (dirty.current) ask('discard')
        else close()
      },
      restart: () => {
        dirty.current = false
        ask(undefined)
        setRound((n) => n + 1)
      },
      asking,
      ask,
      setDirty: (value) => {
        dirty.current = value
      },
    }
  }, [asking, onClose])

  useWindowEvent('beforeunload', (event) => {
    if (id !== undefined && dirty.current) event.preventDefault()
  })

  return (
    <Drawer.Root opened={id !== undefined} onClose={state.leave} position="right" size={`min(${size}px, 100vw)`} transitionProps={{ duration: 160 }}>
      <Drawer.Overlay backgroundOpacity={0.4} />
      <Drawer.Content aria-label={t.editor.label} classNames={{ content: classes.content }}>
        <MantineThemeProvider theme={below}>
          <EditorContext value={state}>
            {shown !== undefined && <Fragment key={`${shown}:${round}`}>{children(shown)}</Fragment>}
          </EditorContext>
        </MantineThemeProvider>
      </Drawer.Content>
    </Drawer.Root>
  )
}
