import { SegmentedControl, Switch, Textarea, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDebouncedValue } from '@mantine/hooks'
import { IconBook2 } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { api, call } from '../../api/client'
import { keys } from '../../api/keys'
import type { Article } from '../../api/types'
import { useFormat, useLanguage, useText } from '../../i18n'
import { adminText } from '../../i18n/admin'
import { commonText } from '../../i18n/common'
import { isLanguage, languages, type Language } from '../../i18n/core'
import { useNow } from '../../ui/useNow'
import { DataTable, type Column } from '../kit/DataTable'
import { EditorForm, EditorGone, EditorWaits } from '../kit/EditorForm'
import { EditorHost } from '../kit/EditorHost'
import { beside, LanguageField, Section, Wide } from '../kit/fields'
import { List, Page, Search } from '../kit/Page'
import text from '../kit/text.module.css'
import { useEntry } from '../kit/useEntry'
import { useLabel } from '../kit/useLabel'
import { checkRequired } from '../kit/values'

const path = '/admin/articles'

function useArticles(q: string, locale: string) {
  return useQuery({
    queryKey: [...keys.articles, { q, locale }],
    queryFn: async () => (await call(api.GET('/articles', { params: { query: { ...(q ? { q } : {}), ...(locale ? { locale } : {}) } } }))).items,
    placeholderData: keepPreviousData,
  })
}

export function ArticlesPage() {
  const t = useText(adminText)
  const common = useText(commonText)
  const format = useFormat()
  const now = useNow(60_000)
  const { id, close, to } = useEntry(path)
  const [search, setSearch] = useState('')
  const [locale, setLocale] = useState('')
  const [q] = useDebouncedValue(search.trim(), 250)
  const found = useArticles(q, locale)
  // What is edited must not go away with the search.
  const all = useArticles('', '')

  const language = (article: Article) => (isLanguage(article.locale) ? common.language[article.locale] : article.locale)
  const columns: Column<Article>[] = [
    { id: 'title', header: t.articles.titleField, cell: (article) => <span className={text.strong}>{article.title}</span>, sort: (article) => article.title },
    {
      id: 'keywords',
      header: t.articles.keywords,
      cell: (article) => <span className={`${text.cut ?? ''} ${text.off ?? ''}`}>{article.keywords}</span>,
      from: 'desktop',
      width: '30%',
    },
    { id: 'language', header: t.articles.language, cell: language, sort: language, from: 'tablet', width: '110px' },
    {
      id: 'state',
      header: t.articles.state,
      width: '120px',
      cell: (article) => (
        <span className={text.nowrap}>
          <span className={text.dot} data-on={article.published} />
          {article.published ? t.articles.published : t.articles.draft}
        </span>
      ),
      sort: (article) => article.published,
    },
    {
      id: 'updated',
      header: t.articles.updated,
      width: '150px',
      from: 'tablet',
      first: 'desc',
      cell: (article) => <span title={format.dateTime(article.updated_at)}>{format.ago(article.updated_at, now)}</span>,
      sort: (article) => Date.parse(article.updated_at),
    },
  ]

  return (
    <Page
      title={t.articles.title}
      about={t.articles.about}
      add={{ label: t.articles.add, to: to('new') }}
      tools={
        <>
          <Search value={search} onChange={setSearch} label={t.articles.search} />
          <SegmentedControl
            aria-label={t.articles.language}
            value={locale}
            onChange={setLocale}
            data={[{ value: '', label: t.articles.allLanguages }, ...languages.map((value) => ({ value, label: common.language[value] }))]}
          />
        </>
      }
    >
      <List
        query={found}
        rows={(rows) => rows}
        total={() => all.data?.length ?? 0}
        onClear={() => {
          setSearch('')
          setLocale('')
        }}
        empty={{ icon: IconBook2, title: t.articles.empty, help: t.articles.emptyHelp, action: { label: t.articles.add, to: to('new') } }}
      >
        {(rows) => (
          <DataTable
            label={t.articles.title}
            rows={rows}
            columns={columns}
            id={(article) => article.id}
            to={(article) => to(article.id)}
            selected={id}
            {...(q ? {} : { sort: { column: 'updated', direction: 'desc' as const } })}
            phone={(article) => `${language(article)} · ${format.ago(article.updated_at, now)}`}
          />
        )}
      </List>
      <EditorHost id={id} onClose={close} size={760}>
        {(shown) => {
          if (!all.data) return <EditorWaits query={all} />
          const article = all.data.find((entry) => entry.id === shown)
          if (!article && shown !== 'new') return <EditorGone />
          return <ArticleEditor article={article} />
        }}
      </EditorHost>
    </Page>
  )
}

function valuesOf(article: Article | undefined, language: Language) {
  return {
    locale: article && isLanguage(article.locale) ? article.locale : language,
    title: article?.title ?? '',
    body: article?.body ?? '',
    keywords: article?.keywords ?? '',
    published: article?.published ?? true,
  }
}

function ArticleEditor({ article }: { article: Article | undefined }) {
  const t = useText(adminText)
  const common = useText(commonText)
  const format = useFormat()
  const { language } = useLanguage()
  const form = useForm({
    initialValues: valuesOf(article, language),
    validate: {
      title: (value) => checkRequired(t.rules, value),
      body: (value) => checkRequired(t.rules, value),
    },
  })

  const label = useLabel({ locale: t.articles.language, title: t.articles.titleField, body: t.articles.body, keywords: t.articles.keywords, published: t.articles.published })

  const save = (values: typeof form.values, version: number | undefined) => {
    const body = { ...values, version }
    return call(article ? api.PUT('/articles/{id}', { params: { path: { id: article.id } }, body }) : api.POST('/articles', { body }))
  }

  return (
    <EditorForm
      title={article?.title ?? t.articles.new}
      subtitle={article && `${t.articles.updated} ${format.dateTime(article.updated_at)}`}
      isNew={!article}
      form={form}
      save={save}
      together={{
        entry: article,
        versionOf: (entry) => entry.version,
        latest: async () => (await call(api.GET('/articles'))).items.find((entry) => entry.id === article?.id),
        valuesOf: (entry) => valuesOf(entry, language),
        label,
      }}
      nameOf={(values) => values.title}
      refresh={[keys.articles]}
      remove={
        article && {
          label: common.delete,
          ask: t.editor.deleteAsk(article.title),
          done: t.editor.deleted(article.title),
          run: (version) => call(api.DELETE('/articles/{id}', { params: { path: { id: article.id }, query: { version } } })),
        }
      }
    >
      <Section>
        <LanguageField label={t.articles.language} value={form.values.locale} onChange={(value) => isLanguage(value) && form.setFieldValue('locale', value)} />
        <Switch
          className={beside}
          label={t.articles.published}
          description={t.articles.publishedHelp}
          {...form.getInputProps('published', { type: 'checkbox' })}
        />
        <Wide>
          <TextInput
            label={t.articles.titleField}
            description={t.articles.titleHelp}
            required
            maxLength={200}
            lang={form.values.locale}
            data-autofocus={!article || undefined}
            {...form.getInputProps('title')}
          />
        </Wide>
        <Wide>
          <Textarea
            label={t.articles.body}
            description={`${t.articles.bodyHelp} ${t.articles.length(format.number(form.values.body.length))}`}
            required
            autosize
            minRows={12}
            maxRows={26}
            maxLength={20_000}
            lang={form.values.locale}
            {...form.getInputProps('body')}
          />
        </Wide>
        <Wide>
          <TextInput
            label={t.articles.keywords}
            description={t.articles.keywordsHelp}
            maxLength={1000}
            lang={form.values.locale}
            {...form.getInputProps('keywords')}
          />
        </Wide>
      </Section>
    </EditorForm>
  )
}
