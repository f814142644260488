// Package demodata fills an empty installation with a small shop, "Haru & Sea", so that there is something to try at once:
// queues, people who can sign in, a knowledge base in English and Korean, ready-made replies and two web chats.
package demodata

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Password is the one all demo people sign in with. It is public: never load the demo into an installation others can reach.
const Password = "haru-and-sea"

// Options says how to load.
type Options struct {
	// HashPassword makes of Password what people.password_hash holds.
	HashPassword func(string) (string, error)
}

// Login is somebody who can sign in to the demo.
type Login struct {
	Name     string
	Email    string
	Password string
	// Role: agent, supervisor, admin.
	Role string
	// Locale is the language of the pages they see: en or ko.
	Locale string
}

// Logins lists the demo's people, agents first.
func Logins() []Login {
	logins := make([]Login, len(people))
	for i, p := range people {
		logins[i] = Login{Name: p.name, Email: p.email, Password: Password, Role: p.role, Locale: p.locale}
	}
	return logins
}

// marker is the instance setting that says the demo was loaded.
const marker = "demodata"

// Load puts the demo content in, once for the life of a database: later calls, also concurrent ones, change nothing, so that
// what a user changed or removed stays so. What already has the id (or email) of something in the demo is left as it is. Load
// is all or nothing.
func Load(ctx context.Context, pool *pgxpool.Pool, options Options) error {
	var loaded bool
	if err := pool.QueryRow(ctx, `select exists (select from instance_settings where key = $1)`, marker).Scan(&loaded); err != nil {
		return fmt.Errorf("look for demo data: %w", err)
	}
	if loaded {
		return nil
	}
	articles, err := Articles()
	if err != nil {
		return err
	}
	hash, err := options.HashPassword(Password)
	if err != nil {
		return fmt.Errorf("hash demo password: %w", err)
	}
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		// A second loader waits here until the first has committed.
		tag, err := tx.Exec(ctx, `insert into instance_settings (key, value) values ($1, '1') on conflict do nothing`, marker)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		batch := &pgx.Batch{}
		addSkills(batch)
		addQueues(batch)
		addPeople(batch, hash)
		addChannels(batch)
		addArticles(batch, articles)
		addCannedReplies(batch)
		return tx.SendBatch(ctx, batch).Close()
	})
	if err != nil {
		return fmt.Errorf("load demo data: %w", err)
	}
	return nil
}

// namespace keeps the ids of demo content the same in every installation.
var namespace = uuid.MustParse("5ea0da7a-0000-5000-8000-4a4e5d5ea001")

func id(kind, name string) uuid.UUID { return uuid.NewSHA1(namespace, []byte(kind+"/"+name)) }

// label is one text per language.
type label map[string]string

func words(en, ko string) label { return label{"en": en, "ko": ko} }

func asJSON(v any) string {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err) // maps, slices and strings always encode
	}
	return string(encoded)
}

func addSkills(batch *pgx.Batch) {
	for _, s := range skills {
		batch.Queue(`insert into skills (id, label) values ($1, $2) on conflict do nothing`, s.id, asJSON(s.label))
	}
}

func addQueues(batch *pgx.Batch) {
	for _, q := range queues {
		batch.Queue(`insert into queues (id, name, time_zone, sla, outcomes) values ($1, $2, $3, $4, $5) on conflict do nothing`,
			q.id, asJSON(q.name), q.timeZone, asJSON(q.promises), asJSON(q.outcomes))
	}
}

// addPeople leaves alone who has the email already, and gives routing data only to those it made.
func addPeople(batch *pgx.Batch, passwordHash string) {
	for _, p := range people {
		personID := id("person", p.email)
		batch.Queue(`insert into people (id, email, name, password_hash, role, locale) values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
			personID, p.email, p.name, passwordHash, p.role, p.locale)
		batch.Queue(`insert into agents (id, capacity) select id, $2 from people where id = $1 on conflict do nothing`, personID, p.capacity)
		for skill, level := range p.skills {
			batch.Queue(`insert into agent_skills (agent_id, skill, level) select id, $2, $3 from agents where id = $1 on conflict do nothing`,
				personID, skill, level)
		}
		for queue, level := range p.queues {
			batch.Queue(`insert into agent_queues (agent_id, queue_id, level) select id, $2, $3 from agents where id = $1 on conflict do nothing`,
				personID, queue, level)
		}
	}
}

func addChannels(batch *pgx.Batch) {
	for _, c := range channels {
		secret := make([]byte, 32)
		_, _ = rand.Read(secret) // never fails
		batch.Queue(`insert into channels (id, kind, name, flow, queue_id, cost, settings, secret)
			values ($1, 'webchat', $2, $3, $4, $5, $6, $7) on conflict do nothing`,
			c.id, c.name, c.flow, c.queue, c.cost, asJSON(c.settings), secret)
	}
}

func addArticles(batch *pgx.Batch, articles []Article) {
	for _, a := range articles {
		batch.Queue(`insert into articles (id, locale, title, body, keywords) values ($1, $2, $3, $4, $5) on conflict do nothing`,
			a.ID, a.Locale, a.Title, a.Body, a.Keywords)
	}
}

func addCannedReplies(batch *pgx.Batch) {
	for _, r := range cannedReplies {
		for _, locale := range []string{"en", "ko"} {
			batch.Queue(`insert into canned_replies (id, shortcut, locale, title, body) values ($1, $2, $3, $4, $5) on conflict do nothing`,
				id("canned", r.shortcut+"."+locale), r.shortcut, locale, r.title[locale], r.body[locale])
		}
	}
}
