package kb

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// article is what of a knowledge-base article an answer is made from.
type article struct {
	ID     uuid.UUID
	Locale string
	Title  string
	Body   string
}

// candidate is an article in which words of the question were found.
type candidate struct {
	article
	// place says where each term was found: inHead, inBody, or not at all.
	place map[string]place
}

type place int

const (
	inBody place = iota + 1
	inHead
)

// corpus is what the scoring must know of the articles of one language.
type corpus struct {
	articles int
	// found is in how many of them each term is.
	found map[string]int
}

// found is the outcome of a search.
type found struct {
	candidates []candidate
	corpora    map[string]corpus
}

// searchSQL looks every term up in the two indexes, once, and returns per language the articles that have the rarest of them,
// roughly ranked; the scoring proper is score's. Terms are letters and digits only, as quote_literal(…)::tsquery needs.
const searchSQL = `
with term as materialized (
	select i, coalesce((ts_lexize('english_stem', t))[1], '') as lexeme from unnest($1::text[]) with ordinality as q (t, i)
), hit as materialized (
	select i, id, locale, max(place) as place from (
		select term.i, a.id, a.locale, 2 as place from term join articles a on a.head_terms @@ quote_literal(lexeme)::tsquery
		where lexeme <> '' and a.published
		union all
		select term.i, a.id, a.locale, 1 from term join articles a on a.body_terms @@ quote_literal(lexeme)::tsquery
		where lexeme <> '' and a.published
	) places group by i, id, locale
), corpus as materialized (
	select locale, count(*) as articles from articles where published group by locale
), spread as materialized (
	select locale, i, count(*) as articles from hit group by locale, i
), worth as materialized (
	select locale, i, ln(1 + c.articles::float8 / s.articles) as rarity from spread s join corpus c using (locale)
), ranked as (
	select id, locale, row_number() over (partition by locale order by sum(rarity * place) desc, id) as rank
	from hit join worth using (locale, i) group by id, locale
)
select a.id, a.locale, a.title, a.body,
	(select array_agg(h.i order by h.i) from hit h where h.id = r.id), (select array_agg(h.place order by h.i) from hit h where h.id = r.id), c.articles,
	(select array_agg(coalesce(s.articles, 0) order by t.i) from term t left join spread s on s.locale = a.locale and s.i = t.i),
	(select array_agg(t.lexeme = '' order by t.i) from term t)
from ranked r join articles a using (id) join corpus c on c.locale = a.locale
where r.rank <= 8 order by a.locale, r.rank`

// search finds the articles that have words of the question. Words that mean nothing (Postgres's stop words) are taken out of
// words.
func (b *Bot) search(ctx context.Context, words []word) ([]word, found, error) {
	terms := uniqueTerms(words)
	result := found{corpora: map[string]corpus{}}
	if len(terms) == 0 {
		return nil, result, nil
	}
	rows, err := b.pool.Query(ctx, searchSQL, terms)
	if err != nil {
		return nil, result, err
	}
	defer rows.Close()
	stop := map[string]bool{}
	for rows.Next() {
		var (
			c              candidate
			places         []int32
			at, spread     []int64
			total          int
			insignificance []bool
		)
		if err := rows.Scan(&c.ID, &c.Locale, &c.Title, &c.Body, &at, &places, &total, &spread, &insignificance); err != nil {
			return nil, result, err
		}
		c.place = make(map[string]place, len(at))
		for n, i := range at {
			c.place[terms[i-1]] = place(places[n])
		}
		result.candidates = append(result.candidates, c)
		if _, known := result.corpora[c.Locale]; known {
			continue
		}
		counts := make(map[string]int, len(terms))
		for i, t := range terms {
			counts[t] = int(spread[i])
			if insignificance[i] {
				stop[t] = true
			}
		}
		result.corpora[c.Locale] = corpus{articles: total, found: counts}
	}
	significant := words[:0:0]
	idle := map[string]bool{}
	for _, w := range words {
		if stop[w.terms[0]] {
			continue
		}
		if !result.knows(w) {
			if _, decided := idle[w.text]; !decided {
				idle[w.text] = w.mayBeIdle()
			}
			w.idle = idle[w.text]
		}
		significant = append(significant, w)
	}
	return significant, result, rows.Err()
}

func uniqueTerms(words []word) []string {
	var terms []string
	seen := map[string]bool{}
	for _, w := range words {
		for _, t := range w.lookups() {
			if !seen[t] {
				seen[t] = true
				terms = append(terms, t)
			}
		}
	}
	return terms
}

const spellingSQL = `
select q.i, near.word from unnest($1::text[]) with ordinality as q (word, i), lateral (
	select w.word from article_words w where w.letters % normalize(q.word, NFD)
	order by similarity(w.letters, normalize(q.word, NFD)) desc, w.word limit 16
) near`

// similarity is how similar a word must be to be considered; misspelt decides. A swap of two letters in "return" leaves 0.27.
const similarity = "0.25"

// correct replaces words that no article has by the most similar word of a title or keyword, if there is one close enough.
// It reports whether it replaced any.
func (b *Bot) correct(ctx context.Context, words []word, known func(word) bool) ([]word, bool, error) {
	var unknown []string
	var at []int
	for i, w := range words {
		if !known(w) && len(letters(w.text)) >= 4 && !w.idle && len(unknown) < 6 {
			unknown, at = append(unknown, w.text), append(at, i)
		}
	}
	if len(unknown) == 0 {
		return words, false, nil
	}
	best := make([]string, len(unknown))
	distance := make([]int, len(unknown))
	batch := &pgx.Batch{}
	batch.Queue(`select set_config('pg_trgm.similarity_threshold', $1, true)`, similarity)
	batch.Queue(spellingSQL, unknown).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var i int
			var meant string
			if err := rows.Scan(&i, &meant); err != nil {
				return err
			}
			if d, ok := misspelt(unknown[i-1], meant); ok && (best[i-1] == "" || d < distance[i-1]) {
				best[i-1], distance[i-1] = meant, d
			}
		}
		return rows.Err()
	})
	// A batch is one transaction of its own: the threshold is gone after it.
	if err := b.pool.SendBatch(ctx, batch).Close(); err != nil {
		return nil, false, fmt.Errorf("look for similar words: %w", err)
	}
	corrected := append([]word(nil), words...)
	changed := false
	for n, meant := range best {
		if meant == "" {
			continue
		}
		if w, ok := newWord(meant); ok {
			w.sentence, w.guessed = words[at[n]].sentence, true
			corrected[at[n]] = w
			changed = true
		}
	}
	return corrected, changed, nil
}

// byID returns a published article; ok is false if there is none.
func (b *Bot) byID(ctx context.Context, id uuid.UUID) (a article, ok bool, err error) {
	rows, err := b.pool.Query(ctx, `select id, locale, title, body from articles where id = $1 and published`, id)
	if err != nil {
		return a, false, fmt.Errorf("read article %s: %w", id, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[article])
	if err != nil {
		return a, false, fmt.Errorf("read article %s: %w", id, err)
	}
	if len(list) == 0 {
		return a, false, nil
	}
	return list[0], true, nil
}
