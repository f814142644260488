package kb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

func Explain(pool *pgxpool.Pool, q string) string {
	b := New(pool)
	w := question(clean(q))
	out := fmt.Sprintf("%+v\n", w)
	sig, f, err := b.search(context.Background(), w)
	out += fmt.Sprintf("sig %+v err %v\n", sig, err)
	for l, c := range f.corpora {
		out += fmt.Sprintf("%s %+v\n", l, c)
		for _, s := range f.score(sig, l) {
			out += fmt.Sprintf("  %s %.3f\n", s.Title, s.score)
		}
	}
	c, ch, err := b.correct(context.Background(), sig, f.knows)
	out += fmt.Sprintf("corrected %+v %v %v\n", c, ch, err)
	return out
}
