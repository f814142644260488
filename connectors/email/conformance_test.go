package email_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"seax/connectors"
	"seax/connectors/connectortest"
	"seax/connectors/email/emailfake"
	"seax/connectors/fake"
	"seax/internal/conversation"
)

func TestConforms(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{"imap", "mailgun", "sendgrid", "postmark"} {
		for _, fields := range []bool{false, true} {
			if transport == "imap" && fields {
				continue
			}
			t.Run(fmt.Sprintf("%s, fields: %t", transport, fields), func(t *testing.T) {
				t.Parallel()
				connectortest.Run(t, connectortest.Harness{
					Features: connectortest.Features{
						Listens: transport == "imap", SignsBody: transport == "sendgrid", Expires: transport == "mailgun", Single: true, Form: transport == "mailgun" || transport == "sendgrid",
						KeepsUnknown: true, Statuses: true, OurIDs: true, Faults: true,
					},
					New: func(t *testing.T) *connectortest.Fixture { return fixture(t, transport, fields) },
				})
			})
		}
	}
}

func fixture(t *testing.T, transport string, fields bool) *connectortest.Fixture {
	w := newWorld(t, transport, nil)
	w.Fields = fields
	write := func(a fake.Act) any {
		l, err := w.Write(w.account, a)
		require.NoError(t, err)
		return l
	}
	f := &connectortest.Fixture{
		Connector: w.connector, Account: w.account, AuthHeaders: []string{"Authorization"}, StartWith: " Customer-0@Mail.Example ",
		Request: func(_ string, events ...any) *connectors.Request {
			require.Len(t, events, 1)
			r, err := w.Request(w.account, events[0].(*emailfake.Letter))
			require.NoError(t, err)
			return r
		},
		Raw: func(_ string, body []byte) *connectors.Request { return w.Raw(w.account, body) },
		Hand: func(_ string, events ...any) {
			for _, e := range events {
				require.NoError(t, w.Deliver(w.account, e.(*emailfake.Letter).MIME()))
			}
		},
		Disconnect: w.Disconnect,
		Later:      func() { w.clock.Pass(6 * time.Minute) },
		Status: func(address string, _ connectors.Outgoing, receipt connectors.Receipt, status conversation.Status) any {
			action := map[conversation.Status]string{conversation.StatusSent: "relayed", conversation.StatusDelivered: "delivered", conversation.StatusFailed: "failed"}[status]
			return w.Bounce(support, emailfake.Report{Original: receipt.ProviderID, Recipient: address, Action: action, Status: "2.0.0"})
		},
		Sendable: &connectortest.Sendable{Name: "사진.png", MediaType: "image/png", Content: "picture", PublicURL: "https://desk.example/files/1"},
		Received: func(address string) (got []connectortest.Received) {
			for _, s := range w.Sent(address) {
				r := connectortest.Received{Text: s.Text, ReplyTo: s.ReplyTo}
				for _, file := range s.Files {
					require.Equal(t, "사진.png", file.Name)
					r.Files = append(r.Files, connectortest.ReceivedFile{MediaType: file.MediaType, Content: string(file.Content)})
				}
				got = append(got, r)
			}
			return got
		},
		Fail: func(f connectortest.Fault) { w.Misbehaves(troubles[f]) },
		Hang: func(taken bool) <-chan struct{} {
			trouble := emailfake.Trouble{At: "mail", Hang: make(chan struct{})}
			if taken {
				trouble.At, trouble.Taken = "data", true
			}
			w.Misbehaves(trouble)
			return trouble.Hang
		},
	}
	f.Acts(write, connectortest.Reply)
	if transport == "sendgrid" {
		f.AuthHeaders = append(f.AuthHeaders, "X-Twilio-Email-Event-Webhook-Signature", "X-Twilio-Email-Event-Webhook-Timestamp")
	}
	for _, digit := range "01234567" {
		f.Addresses = append(f.Addresses, "customer-"+string(digit)+"@mail.example")
	}
	return f
}

var troubles = map[connectortest.Fault]emailfake.Trouble{
	connectortest.Throttled:   {At: "rcpt", Code: 450, Enhanced: [3]int{4, 7, 1}, Text: "Greylisted, try again in 7 seconds"},
	connectortest.Unavailable: {At: "mail", Code: 451, Enhanced: [3]int{4, 3, 0}, Text: "Temporary failure"},
	connectortest.Broken:      {At: "data"},
	connectortest.Rejected:    {At: "data", Code: 554, Enhanced: [3]int{5, 6, 0}, Text: "Not this"},
	connectortest.Blocked:     {At: "rcpt", Code: 550, Enhanced: [3]int{5, 1, 1}, Text: "No such user"},
	connectortest.Locked:      {At: "auth", Code: 535, Enhanced: [3]int{5, 7, 8}, Text: "Authentication failed"},
	connectortest.CutBefore:   {At: "mail"},
	connectortest.CutAfter:    {At: "data", Taken: true},
}
