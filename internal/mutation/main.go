// Mutation breaks routing on purpose, one promise at a time, and runs the tests that should notice: a test that cannot fail
// proves nothing. The sources are not touched; the compiler is given a changed copy ("make mutants").
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
)

// mutant is one promise broken.
type mutant struct {
	// promise is what no longer holds.
	promise string
	// file is changed: find, which is there exactly once, becomes replace.
	file, find, replace string
	// tests, a regular expression, of a package must fail.
	pkg, tests string
}

const (
	planner  = "internal/routing/routing.go"
	matcher  = "internal/dispatch/match.go"
	answers  = "internal/dispatch/answer.go"
	owners   = "internal/dispatch/own.go"
	presence = "internal/dispatch/presence.go"

	properties = "./internal/routing/"
	storm      = "./internal/dispatch/"
)

var mutants = []mutant{
	// The planner.
	{"no agent above capacity", planner, "if !a.OffersWork || a.Load+r.Cost > a.Capacity ||", "if !a.OffersWork ||", properties, "TestPlanProperties"},
	{"capacity counts within one decision", planner, "	a.Load += r.Cost\n	if a.ChannelLoad == nil", "	if a.ChannelLoad == nil", properties, "TestPlanProperties"},
	{"no channel above its limit", planner, "a.ChannelLoad[r.ChannelKind] >= limit {\n		return false", "a.ChannelLoad[r.ChannelKind] > limit {\n		return false", properties, "TestPlanProperties"},
	{"nothing for who is not connected", planner, "|| !now.Before(a.LeaseUntil) {\n		return false", "{\n		return false", properties, "TestPlanProperties"},
	{"required skills are required", planner, "		if a.Skills[skill] < wanted {\n			return false", "		if a.Skills[skill] < wanted-1 {\n			return false", properties, "TestPlanProperties|TestChoiceOfAgent"},
	{"no eligible pair is left", planner, "		case best == nil, again && !excluded:", "		case best == nil && !excluded, again && !excluded:", properties, "TestPlanProperties|TestChoiceOfAgent"},
	{"exclusions hold", planner, "if excluded && now.Before(e.Since.Add(CoolDown)) {", "if excluded && now.Before(e.Since) {", properties, "TestPlanProperties"},
	{"no overtaking", planner, "return cmp.Compare(a.Rank, b.Rank)", "return cmp.Compare(b.Rank, a.Rank)", properties, "TestPlanDoesNotOvertake"},
	{"nobody but the known agent", planner, "return slices.Values([]*Agent{known})", "return slices.Values(f.members[r.Queue][level])", properties, "TestPlanProperties|TestChoiceOfAgent"},
	// Through Postgres.
	{"the database holds the capacity", matcher, "a.load + $3 <= a.capacity", "true", storm, "TestManyProcessesAtOnce|TestCapacityIsHeldByTheDatabase"},
	{"what is freed is offered", "internal/dispatch/desk.go", "	w.agents = append(w.agents, r.AgentID)\n	return nil", "	return nil", storm, "TestManyProcessesAtOnce"},
	{"who comes back is offered work", presence, "		w.agents = append(w.agents, agent)\n		return nil\n	})\n}\n\n// presenceLater", "		return nil\n	})\n}\n\n// presenceLater", storm, "TestManyProcessesAtOnce"},
	{"rank decides for an agent who is free", matcher, "order by r.rank, r.id limit $8) r", "order by r.rank desc, r.id limit $8) r", storm, "TestManyProcessesAtOnce"},
	{"an offer is passed on for a while", answers, "	if err := w.exclude(ctx, r, state); err != nil {\n		return err\n	}\n", "", storm, "TestManyProcessesAtOnce|TestRejectGoesToTheNextBest"},
	{"a broadcast has one winner", answers, "r.id <> $2 and r.state in ('pending', 'accepting')", "false and r.id <> $2", storm, "TestManyProcessesAtOnce|TestBroadcastHasOneWinner"},
	{"a transfer keeps the rank", owners, "queue, from.Priority, from.VirtualStart)", "queue, from.Priority, w.Now)", storm, "TestManyProcessesAtOnce"},
	{"nobody is offered work as they stood before", "internal/dispatch/desk.go", "	delete(w.read, id)\n", "", storm, "TestWhoTakesOverGetsNoMoreThanThat"},
	{"a request is offered to as many as its queue asks", matcher, ">= max(m.request.Width, 1) {", ">= 1 {", storm, "TestBroadcastWaitsForAsManyAsItAsks"},
	{"what comes up together is offered in its order", matcher, "order by rank, id`, w.requests)", "order by rank desc, id`, w.requests)", storm, "TestWhoComesFirstIsOfferedFirstWhenAnAgentIsLost"},
	{"who is set free serves who is next", matcher, "return slices.Contains(w.agents, a.ID) })", "return false })", storm, "TestWhoIsSetFreeServesWhoIsNext"},
	{"one decision at a time", "internal/dispatch/desk.go", "		tx.First(`select pg_advisory_xact_lock($1)`, decisionLock)\n", "", storm, "TestManyProcessesAtOnce"},
}

func main() {
	only := flag.String("only", "", "promises to break, a regular expression; default all")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	wanted, err := regexp.Compile(*only)
	if err == nil {
		err = run(ctx, wanted)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, wanted *regexp.Regexp) error {
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	var survivors []string
	for i, m := range mutants {
		if !wanted.MatchString(m.promise) {
			continue
		}
		noticed, err := m.noticed(ctx, filepath.Join(folder, fmt.Sprint(i)))
		if err != nil {
			return fmt.Errorf("%s: %w", m.promise, err)
		}
		verdict := "noticed"
		if !noticed {
			verdict = "SURVIVED"
			survivors = append(survivors, m.promise)
		}
		fmt.Printf("%-9s %s\n", verdict, m.promise)
	}
	if len(survivors) > 0 {
		return fmt.Errorf("no test noticed: %s", strings.Join(survivors, "; "))
	}
	return nil
}

// noticed runs the tests on the broken source and reports whether they fail.
func (m mutant) noticed(ctx context.Context, prefix string) (bool, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return false, err
	}
	if n := strings.Count(string(source), m.find); n != 1 {
		return false, fmt.Errorf("%q is in %s %d times, not once", m.find, m.file, n)
	}
	broken := prefix + ".go"
	if err := os.WriteFile(broken, []byte(strings.Replace(string(source), m.find, m.replace, 1)), 0o600); err != nil {
		return false, err
	}
	original, err := filepath.Abs(m.file)
	if err != nil {
		return false, err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: broken}})
	if err != nil {
		return false, err
	}
	if err := os.WriteFile(prefix+".json", overlay, 0o600); err != nil {
		return false, err
	}
	args := []string{"test", "-count=1", "-overlay", prefix + ".json", "-run", m.tests, m.pkg}
	if m.pkg == properties {
		// What was found is not remembered: it has to be found again the next time, which more tries make certain.
		args = append(args, "-rapid.nofailfile", "-rapid.checks=2000")
	}
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	var failed *exec.ExitError
	switch {
	case err == nil:
		return false, nil
	case !errors.As(err, &failed) || strings.Contains(string(out), "[build failed]"):
		return false, fmt.Errorf("%w:\n%s", err, out)
	default:
		return true, ctx.Err()
	}
}
