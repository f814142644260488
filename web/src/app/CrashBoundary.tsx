import { Component, type ReactNode } from 'react'
import { CrashPage } from './pages'

type State = { crashed: boolean }

/** A page that cannot be shown (a chunk of an older version, a mistake of ours) leaves the rest usable. */
export class CrashBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { crashed: false }

  static getDerivedStateFromError(): State {
    return { crashed: true }
  }

  override render(): ReactNode {
    return this.state.crashed ? <CrashPage /> : this.props.children
  }
}
