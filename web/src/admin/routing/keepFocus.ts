/** After a change that may have taken away what had the focus: gives it to the first of its neighbours that can have it. */
export function keepFocus(near: HTMLElement | null): void {
  requestAnimationFrame(() => {
    if (!near || (document.activeElement !== document.body && document.activeElement?.matches(':disabled') !== true)) return
    near.querySelector<HTMLElement>('button:not(:disabled)')?.focus()
  })
}
