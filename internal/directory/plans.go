package directory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/internal/plan"
	"seax/internal/routing"
)

// Plans lists all plans, each with what in it can never do anything as things are.
func (d *Directory) Plans(ctx context.Context) ([]spec.Plan, error) {
	var all []spec.Plan
	err := pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) (err error) {
		all, err = plansAsTheyAre(ctx, tx, `order by id`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list plans: %w", err)
	}
	return all, nil
}

func plansAsTheyAre(ctx context.Context, tx pgx.Tx, where string, args ...any) ([]spec.Plan, error) {
	rows, err := tx.Query(ctx, `select id, name, definition, version from plans `+where, args...)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (spec.Plan, error) {
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
	if err != nil {
		return nil, err
	}
	agents, err := staff(ctx, tx)
	for i := range all {
		all[i].Doubts = doubts(all[i], agents)
	}
	return all, err
}

func optional[T any](all []T) *[]T {
	if len(all) == 0 {
		return nil
	}
	return &all
}

// PlanOf is what routing makes of a plan.
func PlanOf(p spec.Plan) plan.Plan {
	return plan.Plan{
		ID: p.Id, Name: map[string]string{"en": p.Name.En}, Budget: string(value(p.Budget, "")),
		Rules: value(p.Rules, nil), Default: p.Default, Overflow: p.Overflow,
	}
}

// doubts are not errors: what cannot be served today can be when somebody has learnt it.
func doubts(p spec.Plan, agents []routing.Agent) *[]spec.PlanDoubt {
	compiled, err := plan.Compile(PlanOf(p))
	if err != nil {
		return nil
	}
	var all []spec.PlanDoubt
	for _, d := range compiled.Doubts(agents, "") {
		all = append(all, spec.PlanDoubt(d))
	}
	return optional(all)
}

// staff are the people who could ever be asked, without how things stand with them right now.
func staff(ctx context.Context, tx pgx.Tx) ([]routing.Agent, error) {
	rows, err := tx.Query(ctx, `select p.id, p.name, a.attributes,
			coalesce((select jsonb_object_agg(skill, level) from agent_skills where agent_id = p.id), '{}'),
			coalesce((select jsonb_object_agg(queue_id, level) from agent_queues where agent_id = p.id), '{}')
		from people p join agents a on a.id = p.id where p.active`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (routing.Agent, error) {
		var a routing.Agent
		err := row.Scan(&a.ID, &a.Name, &a.Attributes, &a.Skills, &a.Queues)
		return a, err
	})
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
	if wrong := PlanOf(p).Check(names); len(wrong) > 0 {
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
func checkCircle(ctx context.Context, tx pgx.Tx) error {
	plans, queues := map[string][]plan.Target{}, map[string][]plan.Target{}
	rows, err := tx.Query(ctx, `select id, definition from plans`)
	if err != nil {
		return err
	}
	var id string
	var definition json.RawMessage
	if _, err := pgx.ForEachRow(rows, []any{&id, &definition}, func() error {
		var p plan.Plan
		err := json.Unmarshal(definition, &p)
		plans[id] = p.Targets()
		return err
	}); err != nil {
		return err
	}
	if rows, err = tx.Query(ctx, `select id, overflow from queues`); err != nil {
		return err
	}
	var overflow map[string]plan.Target
	if _, err := pgx.ForEachRow(rows, []any{&id, &overflow}, func() error {
		for to := range maps.Values(overflow) {
			queues[id] = append(queues[id], to)
		}
		overflow = nil
		return nil
	}); err != nil {
		return err
	}
	if circle := plan.Circle(plans, queues); circle != nil {
		return &InvalidError{"overflow", "The overflows go in a circle: " + strings.Join(circle, " → ") + "."}
	}
	return nil
}

// CreatePlan adds a plan.
func (d *Directory) CreatePlan(ctx context.Context, p spec.Plan) (spec.Plan, error) {
	return d.savePlan(ctx, p, `insert into plans (id, name, definition) values ($1, $2, $3)`, false)
}

// UpdatePlan changes a plan. What waits by it is looked at anew.
func (d *Directory) UpdatePlan(ctx context.Context, id string, p spec.Plan) (spec.Plan, error) {
	p.Id = id
	return d.savePlan(ctx, p, `update plans set name = $2, definition = $3, version = version + 1 where id = $1 and version = $4`, true)
}

func (d *Directory) savePlan(ctx context.Context, p spec.Plan, sql string, versioned bool) (spec.Plan, error) {
	var saved spec.Plan
	err := d.change(ctx, "Plan "+p.Id, func(tx pgx.Tx) (err error) {
		if saved, err = putPlan(ctx, tx, p, sql, versioned); err != nil {
			return err
		}
		return checkCircle(ctx, tx)
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return saved, err
}

func putPlan(ctx context.Context, tx pgx.Tx, p spec.Plan, sql string, versioned bool) (spec.Plan, error) {
	if err := oneAtATime(ctx, tx); err != nil {
		return p, err
	}
	if err := checkPlan(ctx, tx, p); err != nil {
		return p, err
	}
	definition, err := json.Marshal(PlanOf(p))
	if err != nil {
		return p, err
	}
	args := []any{p.Id, p.Name, definition}
	if versioned {
		args = append(args, version(p.Version))
	}
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return p, err
	}
	if err := touched(ctx, tx, tag, "plans", p.Id); err != nil {
		return p, err
	}
	all, err := plansAsTheyAre(ctx, tx, `where id = $1`, p.Id)
	if err != nil {
		return p, err
	}
	return all[0], nil
}

// DeletePlan removes a plan that no channel uses and nothing overflows to. What waits by it goes on in its queue.
func (d *Directory) DeletePlan(ctx context.Context, id string) error {
	err := d.change(ctx, "Plan "+id, func(tx pgx.Tx) error {
		if err := oneAtATime(ctx, tx); err != nil {
			return err
		}
		var used []string
		if err := tx.QueryRow(ctx, `select coalesce(array_agg(what), '{}') from (
				select 'plan ' || id as what from plans where id <> $1 and jsonb_path_exists(definition, '$.**.overflow.plan ? (@ == $id)', jsonb_build_object('id', $1::text))
				union all select 'queue ' || id from queues where jsonb_path_exists(overflow, '$.*.plan ? (@ == $id)', jsonb_build_object('id', $1::text))) users`, id).Scan(&used); err != nil {
			return err
		}
		if len(used) > 0 {
			return &ConflictError{fmt.Sprintf("Plan %s is where %s overflows to; change that first.", id, strings.Join(used, ", "))}
		}
		tag, err := tx.Exec(ctx, `delete from plans where id = $1`, id)
		if err != nil {
			return err
		}
		return touched(ctx, tx, tag, "plans", id)
	})
	if err == nil {
		d.routingChanged(ctx)
	}
	return err
}

// CheckPlan says what is wrong with a plan that need not be saved.
func (d *Directory) CheckPlan(ctx context.Context, p spec.Plan) error {
	return pgx.BeginFunc(ctx, d.pool, func(tx pgx.Tx) error { return checkPlan(ctx, tx, p) })
}
