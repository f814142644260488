// @vitest-environment node
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const styles = join(root, '../node_modules/@mantine/core/styles')

it('has the styles of every Mantine component that is imported', () => {
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file))
  const used = sources.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/import \{([^}]+)\} from '@mantine\/core'/g)].flatMap((match) => (match[1] ?? '').split(',').map((name) => name.trim())),
  )
  const given = readFileSync(join(root, 'app/mantine.ts'), 'utf8')
  const missing = [...new Set(used)].filter((name) => existsSync(join(styles, `${name}.layer.css`)) && !given.includes(`/${name}.layer.css`))
  expect(missing).toEqual([])
})
