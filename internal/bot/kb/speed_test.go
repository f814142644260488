package kb_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"seax/internal/bot"
	"seax/internal/bot/kb"
	"seax/internal/demodata"
)

// fill adds n articles whose words are those of the demo's, so that every word is common, with names that are not.
func (s *shop) fill(t testing.TB, n int) {
	t.Helper()
	articles, err := demodata.Articles()
	require.NoError(t, err)
	random := rand.New(rand.NewPCG(1, 2))
	paragraphs := map[string][]string{}
	for _, a := range articles {
		paragraphs[a.Locale] = append(paragraphs[a.Locale], strings.Split(a.Body, "\n\n")...)
	}
	rows := make([][]any, n)
	for i := range rows {
		a := articles[random.IntN(len(articles))]
		body := []string{fmt.Sprintf("Model SX%d.", i)}
		for range 6 {
			body = append(body, paragraphs[a.Locale][random.IntN(len(paragraphs[a.Locale]))])
		}
		rows[i] = []any{uuid.New(), a.Locale, fmt.Sprintf("%s SX%d", a.Title, i), strings.Join(body, "\n\n"), a.Keywords}
	}
	_, err = s.pool.CopyFrom(t.Context(), pgx.Identifier{"articles"}, []string{"id", "locale", "title", "body", "keywords"}, pgx.CopyFromRows(rows))
	require.NoError(t, err)
	s.exec(t, `vacuum analyze articles`)
}

// BenchmarkReply asks the questions of the tuned table of 2,000 articles and reports percentiles.
func BenchmarkReply(b *testing.B) {
	s := newShop(b)
	s.fill(b, 2000)
	for name, table := range map[string][]string{
		"questions": {"How long does delivery take?", "반품하고 싶은데 어떻게 해야 하나요", "Can the bowls go in the dishwasher?", "관세를 내야 하나요", "warranty for SX77"},
		"misspelt":  {"shiping", "환뷸은 언제 되나요", "gfit card balence"},
		"unknown":   {"What's the weather like today?", "오늘 날씨 어때요?", "bitcoin price"},
		"long":      {strings.Repeat("I have been thinking about my garden, the flowers, parcels and refunds of my neighbours. ", 44)},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				s.ask(b, bot.Turn{Text: table[i%len(table)]})
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
}

func TestSearchUsesTheIndexes(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.fill(t, 2000)
	explain := func(sql string, arg any) string {
		rows, err := s.pool.Query(t.Context(), "explain "+sql, arg)
		require.NoError(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		require.NoError(t, err)
		return strings.Join(lines, "\n")
	}
	plan := explain(kb.SearchSQL, []string{"delivery", "반품"})
	for _, index := range []string{"articles_head", "articles_body", "articles_pkey"} {
		require.Contains(t, plan, index)
	}
	// Counting them needs no row once autovacuum has been there, which a server that does not sync cannot show.
	require.NotContains(t, plan, "Seq Scan on articles a")

	s.exec(t, `insert into article_words (word) select md5(n::text) from generate_series(1, 20000) n`)
	s.exec(t, `vacuum analyze article_words`)
	require.Contains(t, explain(kb.SpellingSQL, []string{"delivry"}), "article_words_letters")
}
