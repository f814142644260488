// Builds the widget and the demo shop into ../dist and the local stack's channel lab into ../../deploy/local/lab/dist, and refuses a widget that has grown too heavy for a shop's page.
import { build } from 'esbuild'
import { cp, mkdir, readFile, rm } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'

// centrifuge stays at 5.5: later versions are twice as large, with kinds of subscriptions that visitors have no use for.
const budget = 40_000
const out = new URL('../dist/', import.meta.url).pathname
const from = new URL('./', import.meta.url).pathname

await build({
  entryPoints: [from + 'src/main.tsx'],
  outfile: out + 'widget/seax.js',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.css': 'text' },
  plugins: [smallStyles()],
  legalComments: 'none',
  logLevel: 'warning',
})
await rm(out + 'demo', { recursive: true, force: true })
await mkdir(out + 'demo', { recursive: true })
await cp(from + 'demo', out + 'demo', { recursive: true })


const lab = new URL('../../deploy/local/lab/dist/', import.meta.url).pathname
await build({
  entryPoints: [from + 'lab/main.tsx'],
  outfile: lab + 'lab.js',
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022', 'safari16.4'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  legalComments: 'none',
  logLevel: 'warning',
})
await cp(from + 'lab/index.html', lab + 'index.html')

const size = gzipSync(await readFile(out + 'widget/seax.js'), { level: 9 }).length
if (size > budget) {
  console.error(`The widget has ${size} bytes gzipped; ${budget} is the most.`)
  process.exit(1)
}
console.log(`Widget: ${(size / 1000).toFixed(1)} kB gzipped.`)

/** Style sheets become strings, without their blanks. */
function smallStyles() {
  return {
    name: 'small-styles',
    setup(b) {
      b.onLoad({ filter: /\.css$/ }, async ({ path }) => {
        const { code } = await b.esbuild.transform(await readFile(path, 'utf8'), { loader: 'css', minify: true })
        return { contents: code, loader: 'text' }
      })
    },
  }
}
