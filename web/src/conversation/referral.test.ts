import { describe, expect, it } from 'vitest'
import { readReferral } from './referral'

describe('what led a customer here', () => {
  it.each([
    [
      'an advertisement on WhatsApp',
      { source_url: 'https://fb.me/1', source_type: 'ad', source_id: '9', headline: 'Spring sale', body: 'Everything 20% off', ctwa_clid: 'x', media_type: 'image' },
      { kind: 'ad', title: 'Spring sale', text: 'Everything 20% off', link: { href: 'https://fb.me/1', host: 'fb.me' }, ref: '9' },
    ],
    ['the same by Twilio', { SourceUrl: 'https://fb.me/1', SourceType: 'ad', Headline: 'Spring sale' }, { kind: 'ad', title: 'Spring sale', link: { href: 'https://fb.me/1', host: 'fb.me' } }],
    ['an advertisement on Messenger', { ref: 'shop', source: 'ADS', ad_id: '7', 'ads_context_data.ad_title': 'Lamps' }, { kind: 'ad', title: 'Lamps', ref: 'shop' }],
    ['a post', { source_type: 'post', source_url: 'https://fb.me/2' }, { kind: 'post', link: { href: 'https://fb.me/2', host: 'fb.me' } }],
    ['a story', { story_id: '', story_url: 'https://lookaside.fbsbx.com/s' }, { kind: 'story', link: { href: 'https://lookaside.fbsbx.com/s', host: 'lookaside.fbsbx.com' } }],
    ['a product', { product_retailer_id: 'LAMP-7', catalog_id: '1' }, { kind: 'product', ref: 'LAMP-7' }],
    ['a link of the bot', { start: 'newsletter' }, { kind: 'link', ref: 'newsletter' }],
    ['a place', { entry_point: 'MAPS', place_id: 'ChIJ' }, { kind: 'place', ref: 'ChIJ' }],
  ])('tells %s', (_, words, want) => {
    expect(readReferral(words)).toEqual(want)
  })

  it('makes no link of what is none', () => {
    for (const source_url of ['javascript:alert(1)', 'data:text/html,x', 'https://user:secret@shop.example', '//shop.example', 'shop']) {
      expect(readReferral({ source_type: 'ad', source_url })).toEqual({ kind: 'ad' })
    }
  })

  it('says nothing of nothing', () => {
    expect(readReferral(undefined)).toBeUndefined()
    expect(readReferral({})).toBeUndefined()
    expect(readReferral({ ref: ' ' })).toBeUndefined()
  })
})
