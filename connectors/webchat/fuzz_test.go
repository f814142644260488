package webchat

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/internal/blob"
	"seax/internal/conversation"
)

// nobodys are files of nobody.
type nobodys struct{ Files }

func (nobodys) Uploader(context.Context, uuid.UUID) (string, error) { return "", blob.ErrNotFound }

// What widgets send, as far as it is understood without a database.
func FuzzParse(f *testing.F) {
	for _, e := range []string{
		`{"type":"message","cid":"0198c0de-0000-7000-8000-000000000001","text":"hi","choice":"a"}`, `{"type":"typing"}`, `{"type":"left"}`, `{"type":"read","n":-1}`,
		`{"type":"message","cid":"0198c0de-0000-7000-8000-000000000001","attachments":["0198c0de-0000-7000-8000-000000000001"]}`, `{"type":"message","cid":"00000000-0000-0000-0000-000000000000","text":"\u0000"}`,
	} {
		f.Add([]byte(`{"events":[` + e + `]}`))
	}
	c := New(Deps{Files: nobodys{}, Clock: time.Now, Limits: Limits{Messages: Limit{1 << 30, 1}, Requests: Limit{1 << 30, 1}}})
	caller := connectors.Caller{Address: conversation.NewID().String()}
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := decode(body)
		if err != nil {
			return
		}
		for _, e := range all {
			if (e.Type == "read" || e.Type == "delivered") && e.N > 0 {
				// It is looked up.
				return
			}
		}
		batch, err := c.Parse(t.Context(), connectors.Account{ID: "chat"}, caller, &connectors.Request{Body: body})
		if err == nil {
			// Answering looks numbers up.
			batch.Respond = nil
			connectortest.Sound(t, batch)
		}
	})
}
