package demodata_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"unicode"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"seax/internal/demodata"
	"seax/internal/store/storetest"
)

var options = demodata.Options{HashPassword: func(p string) (string, error) { return "hash of " + p, nil }}

func count(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) int {
	t.Helper()
	var n int
	require.NoError(t, pool.QueryRow(t.Context(), sql, args...).Scan(&n))
	return n
}

func TestLoad(t *testing.T) {
	t.Parallel()
	pool := storetest.New(t)
	require.NoError(t, demodata.Load(t.Context(), pool, options))

	require.Equal(t, 3, count(t, pool, `select count(*) from queues where name ? 'en' and name ? 'ko' and hours = '{}' and jsonb_array_length(outcomes) >= 3`))
	require.Equal(t, 5, count(t, pool, `select count(*) from skills where label ? 'en' and label ? 'ko'`))
	require.Equal(t, 6, count(t, pool, `select count(*) from people where role = 'agent'`))
	require.Equal(t, 1, count(t, pool, `select count(*) from people where role = 'supervisor'`))
	require.Equal(t, 1, count(t, pool, `select count(*) from people where role = 'admin'`))
	require.Equal(t, 8, count(t, pool, `select count(*) from agents where presence = 'offline'`))
	require.Equal(t, 8, count(t, pool, `select count(*) from people where password_hash = 'hash of haru-and-sea'`))
	require.Equal(t, 6, count(t, pool, `select count(distinct agent_id) from agent_queues`))
	require.Equal(t, 3, count(t, pool, `select count(distinct queue_id) from agent_queues`))
	require.Equal(t, 12, count(t, pool, `select count(*) from articles where locale = 'en'`))
	require.Equal(t, 12, count(t, pool, `select count(*) from articles where locale = 'ko'`))
	require.GreaterOrEqual(t, count(t, pool, `select count(*) from canned_replies where locale = 'ko'`), 8)
	require.GreaterOrEqual(t, count(t, pool, `select count(*) from canned_replies where locale = 'en'`), 8)
	require.Equal(t, 1, count(t, pool, `select count(*) from channels where id = 'demo' and kind = 'webchat' and flow = 'assistant'
		and queue_id = 'support' and cost = 20 and settings ->> 'origins' = '*' and length(secret) = 32`))
	require.Equal(t, 1, count(t, pool, `select count(*) from channels where id = 'frontdesk-demo' and flow = 'frontdesk'`))

	logins := demodata.Logins()
	require.Len(t, logins, 8)
	for _, l := range logins {
		require.Equal(t, 1, count(t, pool, `select count(*) from people where email = $1 and name = $2 and role = $3`, l.Email, l.Name, l.Role))
		first := strings.ToLower(strings.Fields(l.Name)[0])
		require.Equal(t, first+"@seax.demo", l.Email)
	}
}

func TestLoadKeepsWhatUsersChanged(t *testing.T) {
	t.Parallel()
	pool := storetest.New(t)
	_, err := pool.Exec(t.Context(), `insert into queues (id, name) values ('support', '{"en": "Mine"}')`)
	require.NoError(t, err)
	require.NoError(t, demodata.Load(t.Context(), pool, options))
	require.Equal(t, 1, count(t, pool, `select count(*) from queues where id = 'support' and name ->> 'en' = 'Mine'`))

	for _, change := range []string{
		`update people set name = 'Somebody Else', password_hash = 'changed' where email = 'mina@seax.demo'`,
		`delete from canned_replies`,
		`delete from articles where locale = 'ko'`,
		`update channels set settings = '{}' where id = 'demo'`,
	} {
		_, err := pool.Exec(t.Context(), change)
		require.NoError(t, err)
	}
	require.NoError(t, demodata.Load(t.Context(), pool, options))
	require.Equal(t, 1, count(t, pool, `select count(*) from people where name = 'Somebody Else' and password_hash = 'changed'`))
	require.Zero(t, count(t, pool, `select count(*) from canned_replies`))
	require.Equal(t, 12, count(t, pool, `select count(*) from articles`))
	require.Equal(t, 1, count(t, pool, `select count(*) from channels where id = 'demo' and settings = '{}'`))
}

func TestLoadLeavesAnExistingPersonAlone(t *testing.T) {
	t.Parallel()
	pool := storetest.New(t)
	_, err := pool.Exec(t.Context(), `insert into people (id, email, name, role) values (gen_random_uuid(), 'MINA@seax.demo', 'Their Mina', 'admin')`)
	require.NoError(t, err)
	require.NoError(t, demodata.Load(t.Context(), pool, options))
	require.Equal(t, 1, count(t, pool, `select count(*) from people where lower(email) = 'mina@seax.demo' and role = 'admin'`))
	require.Equal(t, 7, count(t, pool, `select count(*) from agents`))
}

func TestLoadByManyAtOnce(t *testing.T) {
	t.Parallel()
	pool := storetest.New(t)
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = demodata.Load(t.Context(), pool, options) })
	}
	wg.Wait()
	require.NoError(t, errors.Join(errs...))
	require.Equal(t, 24, count(t, pool, `select count(*) from articles`))
}

func TestLoadIsAllOrNothing(t *testing.T) {
	t.Parallel()
	pool := storetest.New(t)
	broken := errors.New("no entropy")
	require.ErrorIs(t, demodata.Load(t.Context(), pool, demodata.Options{HashPassword: func(string) (string, error) { return "", broken }}), broken)

	_, err := pool.Exec(t.Context(), `alter table canned_replies add constraint none check (false)`)
	require.NoError(t, err)
	require.Error(t, demodata.Load(t.Context(), pool, options))
	require.Zero(t, count(t, pool, `select count(*) from people`))

	_, err = pool.Exec(context.WithoutCancel(t.Context()), `alter table canned_replies drop constraint none`)
	require.NoError(t, err)
	require.NoError(t, demodata.Load(t.Context(), pool, options))
	require.Equal(t, 8, count(t, pool, `select count(*) from people`))
}

func TestArticlesComeInBothLanguages(t *testing.T) {
	t.Parallel()
	articles, err := demodata.Articles()
	require.NoError(t, err)
	locales := map[string][]string{}
	for _, a := range articles {
		locales[a.Topic] = append(locales[a.Topic], a.Locale)
		hangul := strings.IndexFunc(a.Body, func(r rune) bool { return unicode.Is(unicode.Hangul, r) }) >= 0
		require.Equal(t, a.Locale == "ko", hangul, a.Topic)
		require.NotEmpty(t, a.Keywords, a.Topic)
		require.LessOrEqual(t, len([]rune(a.Body)), 900, "%s.%s fits one answer", a.Topic, a.Locale)
	}
	require.Len(t, locales, 12)
	for topic, l := range locales {
		require.Equal(t, []string{"en", "ko"}, l, topic)
	}
}
