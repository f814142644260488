package directory_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/directory"
	"seax/internal/dispatch/dispatchtest"
	"seax/internal/plan"
	"seax/internal/secret"
)

// chat is a connector with a setting, a secret, and a key by which its provider calls it.
type chat struct{ connectors.Connector }

func (chat) Describe() connectors.Description {
	return connectors.Description{Kind: "webchat", Fields: []connectors.Field{
		{Name: "color", Check: func(value string) error {
			if value != "red" {
				return errors.New("the color must be red")
			}
			return nil
		}},
		{Name: "number"}, {Name: "rate", Type: connectors.FieldNumber}, {Name: "token", Type: connectors.FieldSecret},
		{Name: "size", Type: connectors.FieldChoice, Choices: []connectors.Choice{{Value: "S"}, {Value: "M"}}},
	}}
}

func (chat) Key(account connectors.Account) string { return account.Settings["number"] }

var box, _ = secret.New(bytes.Repeat([]byte("k"), secret.KeyBytes))

type world struct {
	*directory.Directory
	*dispatchtest.Floor

	me uuid.UUID
	t  *testing.T

	mu      sync.Mutex
	now     time.Time
	routing int
	people  []uuid.UUID
	access  []uuid.UUID
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{Floor: dispatchtest.New(t), now: time.Now(), t: t}
	hooks := directory.Hooks{
		Routing: func(context.Context) { w.note(func() { w.routing++ }) },
		Person:  func(id uuid.UUID) { w.note(func() { w.people = append(w.people, id) }) },
		Access:  func(id uuid.UUID) { w.note(func() { w.access = append(w.access, id) }) },
	}
	w.Directory = directory.New(w.Pool, connectors.NewRegistry(chat{}), []string{"assistant", "frontdesk"}, hooks, box, w.clock)
	w.me = w.Agent("Admin", 100, nil).ID
	w.Exec(`update people set role = 'admin' where id = $1`, w.me)
	return w
}

func (w *world) note(change func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	change()
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// told reports whether others have heard of a change of this person, and forgets it.
func (w *world) told(id uuid.UUID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	told := slices.Contains(w.people, id)
	w.people = nil
	return told
}

func (w *world) count(sql string, args ...any) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.Pool.QueryRow(w.t.Context(), sql, args...).Scan(&n))
	return n
}

func to[T any](v T) *T { return &v }

func (w *world) requireConflict(err error, words string) {
	w.t.Helper()
	var conflict *directory.ConflictError
	require.ErrorAs(w.t, err, &conflict)
	require.Contains(w.t, conflict.Words, words)
}

func (w *world) requireInvalid(err error, field string) {
	w.t.Helper()
	var invalid *directory.InvalidError
	require.ErrorAs(w.t, err, &invalid)
	require.Equal(w.t, field, invalid.Field)
	require.NotEmpty(w.t, invalid.Words)
}

func (w *world) requireProblem(err error, at, words string) {
	w.t.Helper()
	var wrong plan.Problems
	require.ErrorAs(w.t, err, &wrong)
	require.Len(w.t, wrong, 1)
	require.Equal(w.t, at, wrong[0].At)
	require.Contains(w.t, wrong[0].Words, words)
}

func kim() spec.PersonInput {
	return spec.PersonInput{Email: "Kim@Example.com", Name: "Kim", Role: spec.RoleAgent, Password: to("a long password")}
}
