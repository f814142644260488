import { safeLink } from './links'

/** What led a customer to us, made of the provider's words. */
export type Referral = {
  kind: 'ad' | 'post' | 'story' | 'product' | 'place' | 'link'
  title?: string
  text?: string
  /** Only http(s), and nothing that carries a password. */
  link?: { href: string; host: string }
  /** The business's own words for it: what stood in the link, the product's number, the advertisement's. */
  ref?: string
}

/** Providers write the same in snake case, in capitals and nested. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z]/g, '')
}

/** Reads a referral; undefined: it says nothing. */
export function readReferral(words: Readonly<Record<string, string>> | undefined): Referral | undefined {
  const known = new Map(Object.entries(words ?? {}).map(([name, value]) => [plainName(name), value.trim()]))
  const find = (...names: string[]) => names.map((name) => known.get(name)).find(Boolean)
  const kind = kindOf(find)
  if (!kind) return undefined
  const title = find('headline', 'adscontextdataadtitle')
  const text = find('body')
  const link = safeLink(find('sourceurl', 'refereruri', 'storyurl') ?? '')
  const ref = find('ref', 'start', 'productretailerid', 'productid', 'adscontextdataproductid', 'adid', 'sourceid', 'placeid')
  return { kind, ...(title ? { title } : {}), ...(text ? { text } : {}), ...(link ? { link } : {}), ...(ref ? { ref } : {}) }
}

function kindOf(find: (...names: string[]) => string | undefined): Referral['kind'] | undefined {
  const source = (find('sourcetype', 'source') ?? '').toLowerCase()
  if (source.startsWith('ad') || find('adid', 'ctwaclid')) return 'ad'
  if (find('storyid', 'storyurl')) return 'story'
  if (find('productretailerid', 'productid', 'adscontextdataproductid')) return 'product'
  if (source === 'post') return 'post'
  if (find('entrypoint', 'placeid')) return 'place'
  return find('ref', 'start', 'sourceurl', 'refereruri', 'source', 'type', 'headline', 'body') ? 'link' : undefined
}
