package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/internal/plan"
	"seax/internal/setup"
)

// Plans lists all plans, each with what in it can never do anything as things are.
func (d *Directory) Plans(ctx context.Context) ([]spec.Plan, error) {
	var all []spec.Plan
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) (err error) {
		all, err = d.plansAsTheyAre(ctx, tx, `order by id`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	return all, nil
}

// plansAsTheyAre reads plans with their doubts.
func (d *Directory) plansAsTheyAre(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]spec.Plan, error) {
	all, err := readPlans(ctx, tx, where, args...)
	if err != nil || len(all) == 0 {
		return all, err
	}
	now, err := d.present(ctx, tx)
	if err != nil {
		return nil, err
	}
	staff := now.Staff()
	for i := range all {
		all[i].Doubts = optional(setup.Doubts(all[i], staff))
	}
	return all, nil
}

func readPlans(ctx context.Context, db querier, where string, args ...any) ([]spec.Plan, error) {
	rows, err := db.Query(ctx, `select id, name, definition, version from plans `+where, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.Plan, error) {
		var p spec.Plan
		var definition plan.Plan
		if err := row.Scan(&p.Id, &p.Name, &definition, &p.Version); err != nil {
			return p, err
		}
		p.Rules, p.Default, p.Overflow = optional(definition.Rules), definition.Default, definition.Overflow
		if definition.Budget != "" {
			budget := spec.PlanBudget(definition.Budget)
			p.Budget = &budget
		}
		return p, nil
	})
}

func optional[T any](all []T) *[]T {
	if len(all) == 0 {
		return nil
	}
	return &all
}

// oneAtATime lets one change of where things overflow to happen at a time, so that two cannot make a circle together.
func oneAtATime(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `lock table plans in share row exclusive mode`)
	return err
}

// checkPlan finds what is wrong with a plan among all that it may refer to.
func checkPlan(ctx context.Context, tx pgx.Tx, p spec.Plan) error {
	names, err := namesOf(ctx, tx)
	if err != nil {
		return err
	}
	names.Plans[p.Id] = true
	if wrong := setup.CheckPlan(p, names); len(wrong) > 0 {
		return wrong
	}
	return nil
}

func namesOf(ctx context.Context, tx pgx.Tx) (plan.Names, error) {
	var queues, skills, plans []string
	err := tx.QueryRow(ctx, `select coalesce((select array_agg(id) from queues), '{}'), coalesce((select array_agg(id) from skills), '{}'), coalesce((select array_agg(id) from plans), '{}')`).
		Scan(&queues, &skills, &plans)
	return plan.Names{Queues: setOf(queues), Skills: setOf(skills), Plans: setOf(plans)}, err
}

func setOf(all []string) map[string]bool {
	set := make(map[string]bool, len(all))
	for _, one := range all {
		set[one] = true
	}
	return set
}

// checkCircle refuses overflows that lead back to where they began, as things are in the transaction.
func (d *Directory) checkCircle(ctx context.Context, tx pgx.Tx) error {
	circle, err := d.circle(ctx, tx, nil)
	if err == nil && circle != nil {
		err = &InvalidError{"overflow", "The overflows go in a circle: " + strings.Join(circle, " → ") + "."}
	}
	return err
}

// circle finds overflows that would lead back to where they began if a plan were like that; nil: as things are.
func (d *Directory) circle(ctx context.Context, tx pgx.Tx, changed *spec.Plan) ([]string, error) {
	queues, err := d.readQueues(ctx, tx)
	if err != nil {
		return nil, err
	}
	plans, err := readPlans(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	if changed != nil {
		plans = slices.DeleteFunc(plans, func(p spec.Plan) bool { return p.Id == changed.Id })
		plans = append(plans, *changed)
	}
	return (setup.File{Queues: queues, Plans: plans}).Circle(), nil
}

// CreatePlan adds a plan.
func (d *Directory) CreatePlan(ctx context.Context, p spec.Plan) (spec.Plan, error) {
	return d.savePlan(ctx, p, true)
}

// UpdatePlan changes a plan. What waits by it is looked at anew.
func (d *Directory) UpdatePlan(ctx context.Context, id string, p spec.Plan) (spec.Plan, error) {
	p.Id = id
	return d.savePlan(ctx, p, false)
}

func (d *Directory) savePlan(ctx context.Context, p spec.Plan, isNew bool) (spec.Plan, error) {
	var saved spec.Plan
	err := d.change(ctx, entry{spec.AuditKindPlan, p.Id}, "Plan "+p.Id, func(tx pgx.Tx) error {
		if err := oneAtATime(ctx, tx); err != nil {
			return err
		}
		if err := checkPlan(ctx, tx, p); err != nil {
			return err
		}
		if err := writePlan(ctx, tx, p, isNew); err != nil {
			return err
		}
		if err := d.checkCircle(ctx, tx); err != nil {
			return err
		}
		all, err := d.plansAsTheyAre(ctx, tx, `where id = $1`, p.Id)
		if err != nil {
			return err
		}
		saved = all[0]
		return nil
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return saved, err
}

// writePlan adds a plan, or changes the one of that version.
func writePlan(ctx context.Context, tx pgx.Tx, p spec.Plan, isNew bool) error {
	definition, err := json.Marshal(setup.PlanOf(p))
	if err != nil {
		return err
	}
	sql, args := `insert into plans (id, name, definition) values ($1, $2, $3)`, []any{p.Id, p.Name, definition}
	if !isNew {
		sql, args = `update plans set name = $2, definition = $3, version = version + 1 where id = $1 and version = $4`, append(args, version(p.Version))
	}
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return err
	}
	return touched(ctx, tx, tag, "plans", p.Id)
}

// DeletePlan removes a plan that no channel uses and nothing overflows to. What waits by it goes on in its queue.
func (d *Directory) DeletePlan(ctx context.Context, id string, version *int) error {
	return d.removeUnused(ctx, setup.Entry{Kind: spec.RoutingKindPlan, ID: id}, version)
}

// ReviewPlan says everything that is wrong with a plan that need not be saved, and, if nothing is, what in it could never do
// anything as things are.
func (d *Directory) ReviewPlan(ctx context.Context, p spec.Plan) (wrong, doubts plan.Problems, err error) {
	err = pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error {
		if err := checkPlan(ctx, tx, p); !errors.As(err, &wrong) && err != nil {
			return err
		}
		circle, err := d.circle(ctx, tx, &p)
		if err != nil {
			return err
		}
		if circle != nil {
			way := strings.Join(circle, " → ")
			wrong = append(wrong, plan.Problem{At: "overflow", Code: "circle", Args: []string{way}, Words: "the overflows go in a circle: " + way})
		}
		if len(wrong) > 0 {
			return nil
		}
		compiled, err := plan.Compile(setup.PlanOf(p))
		if err != nil {
			return err
		}
		now, err := d.present(ctx, tx)
		if err != nil {
			return err
		}
		doubts = compiled.Doubts(now.Staff(), "")
		return nil
	})
	return wrong, doubts, err
}

// CheckPlan says what is wrong with a plan that need not be saved.
func (d *Directory) CheckPlan(ctx context.Context, p spec.Plan) error {
	return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error { return checkPlan(ctx, tx, p) })
}
