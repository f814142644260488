package kb_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"seax/internal/bot"
	"seax/internal/bot/kb"
	"seax/internal/demodata"
	"seax/internal/store/storetest"
)

// shop is a database with the demo's knowledge base.
type shop struct {
	pool   *pgxpool.Pool
	bot    *kb.Bot
	topics map[uuid.UUID]string
	ids    map[string]uuid.UUID
}

func newShop(t testing.TB) *shop {
	t.Helper()
	s := &shop{pool: storetest.New(t), topics: map[uuid.UUID]string{}, ids: map[string]uuid.UUID{}}
	require.NoError(t, demodata.Load(t.Context(), s.pool, demodata.Options{HashPassword: func(p string) (string, error) { return p, nil }}))
	articles, err := demodata.Articles()
	require.NoError(t, err)
	for _, a := range articles {
		s.topics[a.ID] = a.Topic
		s.ids[a.Topic+"."+a.Locale] = a.ID
	}
	s.bot = kb.New(s.pool)
	return s
}

func (s *shop) ask(t testing.TB, turn bot.Turn) bot.Reply {
	t.Helper()
	reply, err := s.bot.Reply(t.Context(), turn)
	require.NoError(t, err)
	return reply
}

// exec changes the knowledge base.
func (s *shop) exec(t testing.TB, sql string, args ...any) {
	t.Helper()
	_, err := s.pool.Exec(t.Context(), sql, args...)
	require.NoError(t, err)
}

// outcome of a question.
type outcome string

const (
	right   outcome = "right"   // answered, or rightly not known
	offered outcome = "offered" // among the two to choose from
	missed  outcome = "missed"  // an article would have answered
	wrong   outcome = "WRONG"   // another article was quoted or offered
)

func (s *shop) judge(reply bot.Reply, topic string) outcome {
	topics := strings.Split(topic, "|")
	if reply.Unsure {
		if topic == "" {
			return right
		}
		return missed
	}
	for _, m := range reply.Messages {
		if m.Article != nil {
			if slices.Contains(topics, s.topics[m.Article.ID]) {
				return right
			}
			return wrong
		}
		for _, o := range m.Options {
			if id, ok := strings.CutPrefix(o.ID, "article:"); ok && slices.Contains(topics, s.topics[uuid.MustParse(id)]) {
				return offered
			}
		}
	}
	return wrong
}

func describe(s *shop, reply bot.Reply) string {
	var parts []string
	if reply.Unsure {
		parts = append(parts, "unsure")
	}
	for _, m := range reply.Messages {
		if m.Article != nil {
			parts = append(parts, s.topics[m.Article.ID])
			continue
		}
		for _, o := range m.Options {
			if id, ok := strings.CutPrefix(o.ID, "article:"); ok {
				parts = append(parts, "?"+s.topics[uuid.MustParse(id)])
			}
		}
	}
	return strings.Join(parts, " ")
}

func TestQuestions(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	for name, table := range map[string][]ask{"tuned": tuned, "held out": heldOut, "traps": traps} {
		tally := map[outcome]int{}
		topical, offTopic, falseAnswers := 0, 0, 0
		for _, q := range table {
			reply := s.ask(t, bot.Turn{Text: q.text})
			checkReply(t, reply)
			got := s.judge(reply, q.topic)
			if q.topic == "" {
				offTopic++
				if got != right {
					falseAnswers++
					t.Logf("%-8s FALSE    %.60q: got %s", name, q.text, describe(s, reply))
				}
				continue
			}
			topical++
			tally[got]++
			if got != right {
				t.Logf("%-8s %-8s %.60q: want %s, got %s", name, got, q.text, q.topic, describe(s, reply))
			}
		}
		t.Logf("%s: %d questions without an answer: %d false answers", name, offTopic, falseAnswers)
		if name == "traps" {
			require.LessOrEqual(t, falseAnswers, 10)
			continue
		}
		require.Zero(t, falseAnswers, name)
		hit := float64(tally[right]+tally[offered]) / float64(topical)
		t.Logf("%s: %d questions with an answer: %d answered, %d offered, %d missed, %d wrong (hit rate %.0f %%)",
			name, topical, tally[right], tally[offered], tally[missed], tally[wrong], hit*100)
		require.GreaterOrEqual(t, hit, 0.9, name)
		require.LessOrEqual(t, tally[wrong], topical/40, name)
	}
}

// checkReply holds for every reply.
func checkReply(t *testing.T, reply bot.Reply) {
	t.Helper()
	require.NotEmpty(t, reply.Messages)
	for _, m := range reply.Messages {
		require.NotEmpty(t, m.Text)
		require.True(t, utf8.ValidString(m.Text))
		require.LessOrEqual(t, utf8.RuneCountInString(m.Text), 1000)
		for _, o := range m.Options {
			require.NotEmpty(t, o.ID)
			require.NotEmpty(t, o.Label)
		}
	}
	if reply.Unsure {
		require.Equal(t, "person", reply.Messages[0].Options[0].ID)
	}
}
