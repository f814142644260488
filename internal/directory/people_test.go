package directory_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/directory"
)

func TestAPersonIsMadeWithAllThatIsGiven(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := kim()
	in.Capacity, in.Locale = to(60), to(spec.PersonInputLocale("ko"))
	in.Skills, in.Queues, in.ChannelLimits = &map[string]int{"ko": 80}, &map[string]int{"support": 2}, &map[string]int{"webchat": 3}
	made, err := w.CreatePerson(t.Context(), in)
	require.NoError(t, err)
	require.Equal(t, "kim@example.com", made.Email)
	require.Equal(t, 60, made.Capacity)
	require.Equal(t, map[string]int{"ko": 80}, made.Skills)
	require.Equal(t, map[string]int{"support": 2}, made.Queues)
	require.Equal(t, map[string]int{"webchat": 3}, made.ChannelLimits)
	all, err := w.People(t.Context())
	require.NoError(t, err)
	require.Contains(t, all, made)
	_, _, err = auth.New(w.Pool, w.clock).SignIn(t.Context(), "kim@example.com", "a long password", "", "")
	require.NoError(t, err)

	again := kim()
	again.Email = "KIM@example.com"
	_, err = w.CreatePerson(t.Context(), again)
	w.requireConflict(err, "exists already")
	nobody := kim()
	nobody.Email, nobody.Password = "new@example.com", nil
	_, err = w.CreatePerson(t.Context(), nobody)
	w.requireInvalid(err, "password")
	nobody.Email = "nobody"
	_, err = w.CreatePerson(t.Context(), nobody)
	w.requireInvalid(err, "email")
	unknown := kim()
	unknown.Email, unknown.Skills = "other@example.com", &map[string]int{"juggling": 1}
	_, err = w.CreatePerson(t.Context(), unknown)
	w.requireProblem(err, "skills.juggling", `there is no skill "juggling"`)
	unknown.Skills, unknown.Delays = nil, &map[string]int{"support": 30}
	_, err = w.CreatePerson(t.Context(), unknown)
	w.requireProblem(err, "delays.support", "they are no member")
	require.Zero(t, w.count(`select count(*) from people where email = 'other@example.com'`), "all or nothing")
}

// Two admins change the same person from the same page: one of them is told, and nothing of theirs is kept.
func TestOfTwoChangesAtOnceTheSecondIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.CreatePerson(t.Context(), kim())
	require.NoError(t, err)
	names := []string{"Kim A", "Kim B", "Kim C", "Kim D"}
	errs := make([]error, len(names))
	var wg sync.WaitGroup
	for i, name := range names {
		wg.Go(func() {
			in := kim()
			in.Name, in.Password, in.Version = name, nil, &made.Version
			_, errs[i] = w.UpdatePerson(t.Context(), w.me, made.Id, in)
		})
	}
	wg.Wait()
	won := 0
	for i, err := range errs {
		if err == nil {
			won++
			require.Equal(t, 1, w.count(`select count(*) from people where id = $1 and name = $2 and version = $3`, made.Id, names[i], made.Version+1))
			continue
		}
		require.ErrorIs(t, err, directory.ErrStale)
	}
	require.Equal(t, 1, won)
	in := kim()
	in.Password, in.Version = nil, to(1)
	_, err = w.UpdatePerson(t.Context(), w.me, conversation.NewID(), in)
	require.ErrorIs(t, err, directory.ErrNotFound)
	in.Version = to(1 << 40)
	_, err = w.UpdatePerson(t.Context(), w.me, made.Id, in)
	require.ErrorIs(t, err, directory.ErrStale, "a version that no entry can have")
}

func TestWhatEndsAPersonsSessions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	service := auth.New(w.Pool, w.clock)
	made, err := w.CreatePerson(t.Context(), kim())
	require.NoError(t, err)
	signIn := func(password string) string {
		_, token, err := service.SignIn(t.Context(), "kim@example.com", password, "", "")
		require.NoError(t, err)
		return token
	}
	ended := func(token string) bool {
		_, err := service.BySession(t.Context(), token)
		return errors.Is(err, auth.ErrUnauthenticated)
	}
	in := kim()
	in.Password, in.Version, in.Name = nil, &made.Version, "Kim Chul"
	token := signIn("a long password")
	made, err = w.UpdatePerson(t.Context(), w.me, made.Id, in)
	require.NoError(t, err)
	require.False(t, ended(token), "a new name ends nothing")
	require.True(t, w.told(made.Id))

	in.Password, in.Version = to("another long password"), &made.Version
	made, err = w.UpdatePerson(t.Context(), w.me, made.Id, in)
	require.NoError(t, err)
	service.Forget(made.Id)
	require.True(t, ended(token), "a new password does")

	token = signIn("another long password")
	_, key, err := w.CreateApiKey(t.Context(), made.Id, "key", spec.RoleAgent)
	require.NoError(t, err)
	require.NoError(t, w.Deactivate(t.Context(), w.me, made.Id, nil))
	require.True(t, w.told(made.Id))
	require.Equal(t, []uuid.UUID{made.Id, made.Id, made.Id}, w.access, "open sockets are told of each of the three changes")
	service.Forget(made.Id)
	require.True(t, ended(token), "and losing access")
	_, err = service.ByKey(t.Context(), key)
	require.ErrorIs(t, err, auth.ErrUnauthenticated)
	require.ErrorIs(t, w.Deactivate(t.Context(), w.me, conversation.NewID(), nil), directory.ErrNotFound)
}

func TestNobodyTakesTheirOwnRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.requireConflict(w.Deactivate(t.Context(), w.me, w.me, nil), "another admin")
	for name, change := range map[string]func(*spec.PersonInput){
		"role":   func(in *spec.PersonInput) { in.Role = spec.RoleSupervisor },
		"access": func(in *spec.PersonInput) { in.Role, in.Active = spec.RoleAdmin, to(false) },
	} {
		in := kim()
		in.Password, in.Version = nil, to(1)
		change(&in)
		_, err := w.UpdatePerson(t.Context(), w.me, w.me, in)
		w.requireConflict(err, "another admin")
		require.Equal(t, 1, w.count(`select count(*) from people where id = $1 and role = 'admin' and active and version = 1`, w.me), name)
	}
}

func TestACapacityBelowTheLoadIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made, err := w.CreatePerson(t.Context(), kim())
	require.NoError(t, err)
	_, err = w.Desk.TakeOver(t.Context(), w.Conversation(), conversation.Person{ID: made.Id, Name: "Kim"}, "")
	require.NoError(t, err)
	in := kim()
	in.Password, in.Version, in.Capacity = nil, &made.Version, to(10)
	_, err = w.UpdatePerson(t.Context(), w.me, made.Id, in)
	w.requireConflict(err, "carries more than that right now")
	in.Capacity = to(20)
	_, err = w.UpdatePerson(t.Context(), w.me, made.Id, in)
	require.NoError(t, err)
}

func TestKeysAreListedWithoutTheirSecretAndRevokedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k, key, err := w.CreateApiKey(t.Context(), w.me, "crm", spec.RoleAgent)
	require.NoError(t, err)
	require.Contains(t, key, k.Prefix)
	require.NoError(t, w.RevokeApiKey(t.Context(), k.Id))
	require.True(t, w.told(w.me), "so that no process believes it any longer")
	all, err := w.ApiKeys(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 1)
	first := *all[0].RevokedAt
	require.NoError(t, w.RevokeApiKey(t.Context(), k.Id))
	all, err = w.ApiKeys(t.Context())
	require.NoError(t, err)
	require.True(t, first.Equal(*all[0].RevokedAt), "the first time counts")
	require.ErrorIs(t, w.RevokeApiKey(t.Context(), conversation.NewID()), directory.ErrNotFound)
}
