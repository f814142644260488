package directory

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"seax/api/spec"
	"seax/connectors"
	"seax/internal/auth"
	"seax/internal/setup"
)

// entry is something admins set up.
type entry struct {
	kind spec.AuditKind
	id   string
}

// state is how an entry is at a moment, as far as that may be read by others; nil: there is none.
type state struct {
	name string
	// said is what there is to read, secrets what is only told to have changed.
	said    any
	secrets map[string]string
}

// noted runs fn and writes down what it has changed of an entry, if somebody is known to do it: demo data and the first admin are
// nobody's doing.
func (d *Directory) noted(ctx context.Context, tx pgx.Tx, e entry, fn func(tx pgx.Tx) error) error {
	who, known := auth.From(ctx)
	if !known {
		return fn(tx)
	}
	before, err := d.stateOf(ctx, tx, e)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		return err
	}
	after, err := d.stateOf(ctx, tx, e)
	if err != nil {
		return err
	}
	fields := differences(e.kind, before, after)
	if len(fields) == 0 {
		return nil
	}
	var verb, name string
	switch {
	case before == nil:
		verb, name = "create", after.name
	case after == nil:
		verb, name = "remove", before.name
	case e.kind == spec.AuditKindKey:
		verb, name = "revoke", after.name
	default:
		verb, name = "change", after.name
	}
	_, err = tx.Exec(ctx, `insert into audit (person, name, action, subject, detail) values ($1, $2, $3, $4, $5)`,
		who.ID, who.Name, string(e.kind)+"."+verb, e.id, map[string]any{"name": name, "fields": fields})
	return err
}

// differences is what differs between two states of an entry.
func differences(kind spec.AuditKind, before, after *state) []spec.RoutingField {
	var from, to any
	var hidden, shown map[string]string
	if before != nil {
		from, hidden = before.said, before.secrets
	}
	if after != nil {
		to, shown = after.said, after.secrets
	}
	if from == nil && to == nil {
		return nil
	}
	var fields []spec.RoutingField
	if inFiles := spec.RoutingKind(kind); slices.Contains(fileKinds, inFiles) {
		fields = setup.Fields(inFiles, from, to)
	} else {
		fields = setup.Difference(from, to)
	}
	for i, f := range fields {
		fields[i].From, fields[i].To = shortened(f.From), shortened(f.To)
	}
	names := maps.Clone(shown)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, hidden)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if hidden[name] != shown[name] {
			fields = append(fields, spec.RoutingField{Path: name})
		}
	}
	return fields
}

var fileKinds = []spec.RoutingKind{spec.RoutingKindSkill, spec.RoutingKindPresence, spec.RoutingKindQueue, spec.RoutingKindPlan, spec.RoutingKindPerson}

// maxSaid bounds what is kept of a value, in bytes: an article's text is read in the article.
const maxSaid = 1000

func shortened(v json.RawMessage) json.RawMessage {
	if len(v) <= maxSaid {
		return v
	}
	var text string
	if json.Unmarshal(v, &text) != nil {
		text = string(v)
	}
	cut := maxSaid
	for cut < len(text) && !utf8.RuneStart(text[cut]) {
		cut--
	}
	short, err := json.Marshal(text[:min(cut, len(text))] + "…")
	if err != nil {
		return nil
	}
	return short
}

// stateOf reads how an entry is.
func (d *Directory) stateOf(ctx context.Context, tx pgx.Tx, e entry) (*state, error) {
	s, err := d.readState(ctx, tx, e)
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s %s for the audit: %w", e.kind, e.id, err)
	}
	return s, nil
}

func (d *Directory) readState(ctx context.Context, tx pgx.Tx, e entry) (*state, error) {
	switch e.kind {
	case spec.AuditKindSkill:
		all, err := readSkills(ctx, tx)
		return theOne(all, err, func(s spec.Skill) (string, string) { return s.Id, s.Label.En }, e.id)
	case spec.AuditKindPresence:
		all, err := readPresences(ctx, tx, `where id = $1`, e.id)
		return theOne(all, err, func(p spec.Presence) (string, string) { return p.Id, p.Label.En }, e.id)
	case spec.AuditKindQueue:
		all, err := d.readQueues(ctx, tx)
		for i := range all {
			all[i] = setup.CompleteQueue(all[i])
		}
		return theOne(all, err, func(q spec.Queue) (string, string) { return q.Id, q.Name.En }, e.id)
	case spec.AuditKindPlan:
		all, err := readPlans(ctx, tx, `where id = $1`, e.id)
		for i := range all {
			all[i] = setup.CompletePlan(all[i])
		}
		return theOne(all, err, func(p spec.Plan) (string, string) { return p.Id, p.Name.En }, e.id)
	case spec.AuditKindPerson:
		return stateOfPerson(ctx, tx, e.id)
	case spec.AuditKindChannel:
		return d.stateOfChannel(ctx, tx, e.id)
	case spec.AuditKindArticle:
		return stateBy(ctx, tx, `select title, jsonb_build_object('locale', locale, 'title', title, 'body', body, 'keywords', keywords, 'published', published) from articles where id = $1`, e.id)
	case spec.AuditKindReply:
		return stateBy(ctx, tx, `select '/' || shortcut, jsonb_build_object('shortcut', shortcut, 'locale', locale, 'title', title, 'body', body) from canned_replies where id = $1`, e.id)
	case spec.AuditKindKey:
		return stateBy(ctx, tx, `select name, jsonb_build_object('name', name, 'role', role, 'prefix', prefix, 'revoked', revoked_at is not null) from api_keys where id = $1`, e.id)
	default:
		return nil, fmt.Errorf("there is no state of a %s", e.kind)
	}
}

// theOne is the state of the entry of an id among all.
func theOne[T any](all []T, err error, names func(T) (id, name string), id string) (*state, error) {
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if is, name := names(one); is == id {
			return &state{name: name, said: one}, nil
		}
	}
	return nil, ErrNotFound
}

func stateBy(ctx context.Context, tx pgx.Tx, sql, id string) (*state, error) {
	var s state
	var said map[string]any
	err := tx.QueryRow(ctx, sql, id).Scan(&s.name, &said)
	s.said = said
	return &s, err
}

func stateOfPerson(ctx context.Context, tx pgx.Tx, id string) (*state, error) {
	who, err := uuid.Parse(id)
	if err != nil {
		return nil, err
	}
	p, err := person(ctx, tx, who)
	if err != nil {
		return nil, err
	}
	var password string
	if err := tx.QueryRow(ctx, `select password_hash from people where id = $1`, who).Scan(&password); err != nil {
		return nil, err
	}
	in := inputOf(p)
	return &state{name: p.Name, said: in, secrets: map[string]string{"password": password}}, nil
}

func (d *Directory) stateOfChannel(ctx context.Context, tx pgx.Tx, id string) (*state, error) {
	rows, err := tx.Query(ctx, `select `+channelColumns+` from channels where id = $1`, id)
	if err != nil {
		return nil, err
	}
	c, err := pgx.CollectExactlyOneRow(rows, d.scanChannel)
	if err != nil {
		return nil, err
	}
	settings := maps.Clone(c.Settings)
	connector, _ := d.registry.Get(c.Kind)
	secrets := map[string]string{}
	for name, v := range c.Secrets {
		secrets["settings."+name] = v
	}
	// What was a plain setting once, and is a secret by now, is none to read either.
	if connector != nil {
		for _, f := range connector.Describe().Fields {
			if v, plain := settings[f.Name]; plain && f.Type == connectors.FieldSecret {
				secrets["settings."+f.Name] = v
				delete(settings, f.Name)
			}
		}
	}
	said := map[string]any{
		"kind": c.Kind, "name": c.Name, "flow": c.Flow, "queue": c.Queue, "plan": strings.TrimSpace(value(c.Plan, "")), "cost": c.Cost, "enabled": c.Enabled, "paused": c.Paused, "settings": settings,
	}
	return &state{name: c.Name, said: said, secrets: secrets}, nil
}
