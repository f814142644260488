import { readStored, writeStored } from './storage'

const key = 'seax.sound'

export function soundOn(): boolean {
  return readStored(key) !== 'off'
}

export function setSound(on: boolean): void {
  writeStored(key, on ? null : 'off')
}

let context: AudioContext | undefined

/** Browsers play nothing before the first gesture in the page; from then on the context is ready. */
export function armSound(): () => void {
  const arm = () => {
    context ??= new AudioContext()
    if (context.state === 'suspended') void context.resume()
    disarm()
  }
  const disarm = () => {
    window.removeEventListener('pointerdown', arm)
    window.removeEventListener('keydown', arm)
  }
  window.addEventListener('pointerdown', arm)
  window.addEventListener('keydown', arm)
  return disarm
}

/** Two soft notes: something is offered. */
export function playOffer(): void {
  if (!soundOn() || context?.state !== 'running') return
  const start = context.currentTime
  for (const [index, frequency] of [659.25, 880].entries()) {
    const at = start + index * 0.16
    const tone = context.createOscillator()
    const gain = context.createGain()
    tone.type = 'sine'
    tone.frequency.value = frequency
    gain.gain.setValueAtTime(0, at)
    gain.gain.linearRampToValueAtTime(0.16, at + 0.02)
    gain.gain.exponentialRampToValueAtTime(0.0001, at + 0.5)
    tone.connect(gain).connect(context.destination)
    tone.start(at)
    tone.stop(at + 0.55)
  }
}
