import { describe, expect, it } from 'vitest'
import { fileLimit, sortFiles, typeNames } from './files'

const file = (name: string, type: string, size = 10) => ({ name, type, size })
const limits = { max_file_bytes: 100, file_types: ['image/*', 'application/pdf'] }

describe('files to attach', () => {
  it('are refused early for what the channel does not take', () => {
    const { taken, refused } = sortFiles([file('a.png', 'image/png'), file('b.exe', 'application/x-msdownload'), file('c.pdf', 'application/pdf', 101)], 0, limits)
    expect(taken.map((one) => one.name)).toEqual(['a.png'])
    expect(refused).toEqual([
      { code: 'type', name: 'b.exe' },
      { code: 'size', name: 'c.pdf', limit: 100 },
    ])
    expect(sortFiles([file('a.png', 'image/png')], 0, { max_file_bytes: 0, file_types: [] }).refused[0]?.code).toBe('none')
    expect(sortFiles([file('a.png', 'image/png'), file('b.png', 'image/png')], 9, limits).refused[0]?.code).toBe('many')
  })

  it('are named in plain words', () => {
    expect(typeNames(['image/png', 'image/svg+xml', 'application/pdf', 'image/png'])).toBe('PNG, SVG, PDF')
    expect(typeNames(['image/*', 'text/csv'], { image: 'pictures' })).toBe('pictures, CSV')
    expect(typeNames(['text/plain', 'application/msword', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'])).toBe('TXT, Word')
  })

  it('have limits by their type', () => {
    const rules = { ...limits, media: [{ types: ['image/gif'], max_bytes: 10 }] }
    expect(['image/png', 'image/gif', 'application/pdf', 'application/zip'].map((type) => fileLimit(type, rules))).toEqual([100, 10, 100, 0])
    expect(sortFiles([file('a.gif', 'image/gif', 11)], 0, rules).refused).toEqual([{ code: 'size', name: 'a.gif', limit: 10 }])
  })
})
