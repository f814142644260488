package directory_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"seax/api/spec"
	"seax/internal/auth"
	"seax/internal/conversation"
	"seax/internal/demodata"
	"seax/internal/directory"
	"seax/internal/dispatch"
	"seax/internal/invariants"
	"seax/internal/plan"
	"seax/internal/setup"
	"seax/internal/setup/setuptest"
	"seax/internal/store/storetest"
)

// written is a file's text.
func written(t require.TestingT, f setup.File) []byte {
	var text bytes.Buffer
	require.NoError(t, setup.Write(&text, f))
	return text.Bytes()
}

func (w *world) apply(text string, change ...func(*directory.Application)) (spec.RoutingDifference, error) {
	w.t.Helper()
	how := directory.Application{By: w.me, Name: "Admin"}
	for _, c := range change {
		c(&how)
	}
	return w.ApplyRouting(w.t.Context(), setup.Read([]byte(text)), how)
}

func (w *world) applied(text string, change ...func(*directory.Application)) spec.RoutingDifference {
	w.t.Helper()
	d, err := w.apply(text, change...)
	require.NoError(w.t, err)
	return d
}

func prune(a *directory.Application)  { a.Prune = true }
func dryRun(a *directory.Application) { a.DryRun = true }

// changed counts the entries that are not the same.
func changed(d spec.RoutingDifference) (n int) {
	for _, e := range d.Entries {
		if e.Action != spec.RoutingChangeActionSame {
			n++
		}
	}
	return n
}

// Whatever is there and whatever comes: what was applied is what there is then, and what is exported changes nothing.
func TestWhatIsExportedChangesNothingWhenItIsApplied(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Exec(`delete from channels`)
	rapid.Check(t, func(t *rapid.T) {
		apply := func(text []byte, prune bool) spec.RoutingDifference {
			d, err := w.ApplyRouting(w.t.Context(), setup.Read(text), directory.Application{Name: "test", Prune: prune})
			require.NoError(t, err, "%s", text)
			return d
		}
		// Whoever is there from before must not stand in the way of what is pruned.
		w.Exec(`delete from people where id <> $1`, w.me)
		text := written(t, setuptest.File(t))
		apply(text, true)
		require.Zero(t, changed(apply(text, true)), "%s", text)
		versions := rapid.Bool().Draw(t, "versions")
		all, err := w.ExportRouting(w.t.Context(), versions)
		require.NoError(t, err)
		exported := written(t, all)
		require.Zero(t, changed(apply(exported, true)), "%s\n---\n%s", text, exported)
		again, err := w.ExportRouting(w.t.Context(), versions)
		require.NoError(t, err)
		require.Equal(t, string(exported), string(written(t, again)))
	})
}

func TestAFileIsAppliedAsAWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, err := w.ExportRouting(t.Context(), true)
	require.NoError(t, err)
	_, err = w.apply(`
skills: [{id: pt, label: {en: Portuguese}}]
queues: [{id: support, name: {en: Other}}]
people: [{email: noa@desk.example, name: Noa, role: agent, skills: {fr: 1}}]
`)
	var wrong setup.Problems
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, `4:69: people[0].skills.fr: there is no skill "fr"`, wrong.Error())
	d := w.applied("skills: [{id: pt, label: {en: Portuguese}}]", dryRun)
	require.False(t, d.Applied)
	require.Equal(t, 1, changed(d))
	after, err := w.ExportRouting(t.Context(), true)
	require.NoError(t, err)
	require.Equal(t, before, after)
	require.Zero(t, w.routing)
	require.Zero(t, w.count(`select count(*) from audit`))
}

func TestAFileSetsUpEverythingAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	text := `
skills: [{id: pt, label: {en: Portuguese}}]
presences: [{id: lunch, label: {en: Lunch}, offers_work: false}]
queues:
  - {id: night, name: {en: Night}, overflow: {closed: {plan: express}}, sla: {first_reply_s: 60}}
plans:
  - {id: express, name: {en: Express}, default: {steps: [{queue: support, timeout_s: 60}, {queue: later}]}}
  - {id: other, name: {en: Other}, default: {steps: [{}]}, overflow: {queue: later}}
people:
  - email: Noa@Desk.example
    name: Noa
    role: agent
    skills: {pt: 70}
    queues: {night: 1, support: 2}
    delays: {support: 30, night: 0}
    capacity: 60
    channel_limits: {webchat: 2}
    attributes: {floor: 3, tags: [a, null]}
  - {email: kim@desk.example, name: Kim, role: supervisor, locale: ko, active: false}
`
	_, err := w.apply(text)
	require.EqualError(t, err, `7:92: plans[0].default.steps[1].queue: there is no queue "later"
8:71: plans[1].overflow.queue: there is no queue "later"`)
	d := w.applied("queues: [{id: later, name: {en: Later}}]")
	require.True(t, d.Applied)
	d = w.applied(text)
	require.Equal(t, 7, changed(d))
	require.Equal(t, 2, w.routing, "what waits is looked at once for each")
	require.Empty(t, w.access, "nobody who was there has changed")

	people, err := w.People(t.Context())
	require.NoError(t, err)
	noa := people[1]
	require.Equal(t, "noa@desk.example", noa.Email)
	require.Equal(t, map[string]int{"night": 1, "support": 2}, noa.Queues)
	require.Equal(t, map[string]int{"support": 30}, *noa.Delays)
	require.Equal(t, map[string]int{"webchat": 2}, noa.ChannelLimits)
	require.Equal(t, map[string]any{"floor": 3.0, "tags": []any{"a", nil}}, *noa.Attributes)
	_, _, err = auth.New(w.Pool, w.clock).SignIn(t.Context(), "noa@desk.example", "", "", "")
	require.ErrorIs(t, err, auth.ErrWrong, "who has no password signs in with none")

	// An admin sets one in the admin pages; files leave it alone.
	in := spec.PersonInput{Email: noa.Email, Name: noa.Name, Role: noa.Role, Version: &noa.Version, Password: to("a long password")}
	_, err = w.UpdatePerson(t.Context(), w.me, noa.Id, in)
	require.NoError(t, err)
	w.access = nil
	w.applied("people: [{email: noa@desk.example, name: Noa Kim, role: agent, skills: {}}]")
	_, _, err = auth.New(w.Pool, w.clock).SignIn(t.Context(), "noa@desk.example", "a long password", "", "")
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{noa.Id}, w.access, "who is called something else is told")
	w.applied("people: [{email: noa@desk.example, name: Noa Kim, role: agent, skills: {pt: 5}}]")
	require.Len(t, w.access, 1, "and not who has learnt something")
	w.applied("people: [{email: noa@desk.example, name: Noa Kim, role: agent, active: false}]")
	require.Len(t, w.access, 2)
	require.Zero(t, w.count(`select count(*) from sessions where person_id = $1`, noa.Id))
	require.Equal(t, 5, w.count(`select count(*) from audit where action = 'routing.apply' and person = $1 and name = 'Admin'`, w.me))
}

func TestPrunedIsWhatNothingUses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Plan(plan.Plan{ID: "old", Default: plan.Rule{Steps: []plan.Step{{Queue: "billing"}}}})
	w.Exec(`update channels set plan_id = 'old'`)
	w.Waiting("billing")
	none := "skills: [{id: ko, label: {en: Korean}}]\nqueues: []\nplans: []\npresences: []"
	_, err := w.apply(none, prune)
	require.EqualError(t, err, `2:1: queues: the queue billing cannot be removed: it is still in use by 1 conversation
2:1: queues: the queue support cannot be removed: it is still in use by channel chat
3:1: plans: the plan old cannot be removed: it is still in use by channel chat`)
	require.NotContains(t, err.Error(), "skill en")
	w.Exec(`update channels set plan_id = null, queue_id = 'billing'`)
	w.applied("queues: [{id: billing, name: {en: Billing}}]\nplans: []\npresences: [{id: break, label: {en: Break}, offers_work: false}]", prune)
	require.Equal(t, 1, w.count(`select count(*) from queues`))
	require.Equal(t, 4, w.count(`select count(*) from presences`), "built-in ones stay")
	require.Equal(t, 3, w.count(`select count(*) from skills`), "what is no list of the file stays as it is")
	require.Equal(t, 1, w.count(`select count(*) from people`))
}

// Many admins at once, with files and in the pages: whoever comes second with what they read is told, and nothing is half done.
func TestOfManyFilesAtOnceEachIsWholeOrRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.applied("plans: [{id: p, name: {en: P}, default: {steps: [{}]}}]\npeople: [{email: noa@desk.example, name: Noa, role: agent}]")
	const files = 8
	errs := make([]error, files)
	var wg sync.WaitGroup
	for i := range files {
		wg.Go(func() {
			file := setup.Read(fmt.Appendf(nil, `
queues:
  - {id: support, name: {en: "%[1]d"}, version: 1}
plans:
  - {id: p, name: {en: "%[1]d"}, version: 1, default: {steps: [{}]}}
people:
  - {email: noa@desk.example, name: "%[1]d", role: agent, version: 1}
`, i))
			_, errs[i] = w.ApplyRouting(t.Context(), file, directory.Application{Name: "test"})
		})
		wg.Go(func() {
			// In the pages, at the same time.
			q := queue("support")
			q.Name, q.Version = text(strconv.Itoa(i)), to(1)
			_, _ = w.UpdateQueue(t.Context(), "support", q)
			_, _ = w.UpdateSkill(t.Context(), "ko", spec.Skill{Label: text("K"), Version: to(1)})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		var stale *setup.StaleError
		if err == nil {
			won++
			continue
		}
		require.ErrorAs(t, err, &stale)
	}
	require.LessOrEqual(t, won, 1)
	require.Equal(t, 1, w.count(`select count(*) from queues where id = 'support' and version = 2`), "one change was made")
	require.Equal(t, won, w.count(`select count(*) from queues q, plans p, people n where q.id = 'support' and n.email = 'noa@desk.example'
		and q.name = p.name and q.name ->> 'en' = n.name and p.version = 2 and n.version = 2`))
	require.Equal(t, 1-won, w.count(`select count(*) from plans p, people n where n.email = 'noa@desk.example' and p.version = 1 and n.version = 1`))
}

// Files change the people that conversations are just being offered to: neither stands in the other's way, and what holds of
// routing holds.
func TestFilesAndRoutingDoNotStandInEachOthersWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	people := make([]conversation.Person, 6)
	for i := range people {
		people[i] = w.Agent(fmt.Sprintf("Agent %d", i), 100, nil, "support", "billing")
		w.Exec(`update people set email = 'agent' || $2 || '@desk.example' where id = $1`, people[i].ID, strconv.Itoa(i))
	}
	conversations := make([]uuid.UUID, 60)
	for i := range conversations {
		conversations[i] = w.Conversation()
	}
	var both errgroup.Group
	for part := range 3 {
		both.Go(func() error {
			for i := part; i < len(conversations); i += 3 {
				id := conversations[i]
				if err := w.Desk.Enqueue(t.Context(), id, dispatch.Enqueue{RequestID: conversation.NewID(), Queue: []string{"support", "billing"}[i%2]}); err != nil {
					return err
				}
				offer, agent := w.Offer(id)
				if offer == uuid.Nil {
					continue
				}
				if _, err := w.Desk.Accept(t.Context(), offer, people[slices.IndexFunc(people, func(p conversation.Person) bool { return p.ID == agent })]); err != nil {
					return err
				}
			}
			return nil
		})
		both.Go(func() error {
			for i := range 15 {
				var text bytes.Buffer
				text.WriteString("people:\n")
				for n := range people {
					fmt.Fprintf(&text, "- {email: agent%d@desk.example, name: Agent %d, role: agent, capacity: %d, skills: {ko: %d}, queues: {support: %d, billing: 1}}\n",
						n, n, 100+i+part, (i+part)%90+1, (i+n+part)%9+1)
				}
				if _, err := w.ApplyRouting(t.Context(), setup.Read(text.Bytes()), directory.Application{Name: "test"}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, both.Wait())
	violations, err := invariants.Check(t.Context(), w.Pool)
	require.NoError(t, err)
	require.Empty(t, violations)
}

// New entries of the same name, added at the same moment in a file and in the pages.
func TestTwoWhoAddTheSameAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 20 {
		id := fmt.Sprintf("s%d", i)
		var wg sync.WaitGroup
		var fromFile, fromPage error
		wg.Go(func() {
			_, fromFile = w.ApplyRouting(t.Context(), setup.Read(fmt.Appendf(nil, "skills: [{id: %s, label: {en: A}}]", id)), directory.Application{Name: "test"})
		})
		wg.Go(func() { _, fromPage = w.CreateSkill(t.Context(), spec.Skill{Id: id, Label: text("A")}) })
		wg.Wait()
		if fromFile != nil {
			require.ErrorAs(t, fromFile, new(*setup.StaleError))
		}
		if fromPage != nil {
			w.requireConflict(fromPage, "exists already")
		}
		require.Equal(t, 1, w.count(`select count(*) from skills where id = $1`, id))
	}
}

// The example of the documentation suits the demo, and changes nothing the second time.
func TestTheExampleSuitsTheDemo(t *testing.T) {
	t.Parallel()
	pool := storetest.New(t)
	require.NoError(t, demodata.Load(t.Context(), pool, demodata.Options{HashPassword: func(p string) (string, error) { return p, nil }}))
	d := directory.New(pool, nil, nil, directory.Hooks{}, nil, time.Now)
	example, err := os.ReadFile("../../docs/routing.yaml")
	require.NoError(t, err)
	for _, expected := range []bool{true, false} {
		difference, err := d.ApplyRouting(t.Context(), setup.Read(example), directory.Application{Name: "test"})
		require.NoError(t, err)
		require.Equal(t, expected, changed(difference) > 0)
		require.Empty(t, difference.Warnings)
	}
}
