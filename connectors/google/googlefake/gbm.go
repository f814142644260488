package googlefake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"seax/connectors"
	"seax/connectors/fake"
)

func (f *Fake) makeGBM(account connectors.Account, act fake.Act) (Event, error) {
	now := f.Clock().UTC().Format(time.RFC3339Nano)
	e := Event{
		"agent": agent(account), "conversationId": act.From, "customAgentId": "", "requestId": f.id("req-"), "sendTime": now,
		"context": Event{"entryPoint": "PLACESHEET", "placeId": "ChIJ", "resolvedLocale": "en", "userInfo": Event{"displayName": act.Name, "userDeviceLocale": "en-US"}},
	}
	switch act.Type {
	case "message":
		if act.Choice != "" {
			e["requestId"] = act.ID
			e["suggestionResponse"] = Event{"message": "conversations/" + act.From + "/messages/1", "postbackData": act.Choice, "text": act.Text, "createTime": now, "suggestionType": "REPLY"}
			break
		}
		text := act.Text
		if len(act.Files) > 0 {
			text = f.keep(act.Files[0])
		}
		e["message"] = Event{"messageId": act.ID, "name": "conversations/" + act.From + "/messages/" + act.ID, "text": text, "createTime": now}
	case "unknown":
		e["requestId"], e["hologram"] = act.ID, Event{"text": act.Text}
	case "typing":
		e["userStatus"] = Event{"isTyping": true, "createTime": now}
	case "read":
		e = f.Receipt(account, act.From, act.Target, "READ")
	default:
		return nil, fmt.Errorf("customers cannot do %q on this channel", act.Type)
	}
	return e, nil
}

// Receipt makes the event of Business Messages that tells how far a message got; it has no id.
func (f *Fake) Receipt(account connectors.Account, to, id, status string) Event {
	now := f.Clock().UTC().Format(time.RFC3339Nano)
	return Event{
		"agent": agent(account), "conversationId": to, "sendTime": now,
		"receipts": Event{"createTime": now, "receipts": []any{Event{"message": "conversations/" + to + "/messages/" + id, "receiptType": status}}},
	}
}

var talkPath = regexp.MustCompile(`^/v1/conversations/([A-Za-z0-9._-]+)/(messages|events)(?:/([A-Za-z0-9._-]+)/receipt)?$`)

func (f *Fake) serveGBM(w http.ResponseWriter, r *http.Request) {
	path := talkPath.FindStringSubmatch(r.URL.Path)
	if path == nil {
		fail(w, http.StatusNotFound, "NOT_FOUND", "There is no such path")
		return
	}
	switch call := r.Method + " " + path[2]; {
	case call == "PATCH messages" && path[3] != "":
		f.told("READ " + path[3])
		write(w, http.StatusOK, Event{"receiptType": "READ"})
	case call == "POST events" && r.URL.Query().Get("eventId") != "":
		f.takeGBMEvent(w, r, path[1])
	case call == "POST messages" && path[3] == "":
		f.takeGBM(w, r, path[1])
	default:
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "There is no such call")
	}
}

type representative struct {
	Type string `json:"representativeType"`
	Name string `json:"displayName"`
}

func (r representative) valid() bool { return r.Type == "BOT" || r.Type == "HUMAN" }

func (f *Fake) takeGBMEvent(w http.ResponseWriter, r *http.Request, to string) {
	var in struct {
		Type           string         `json:"eventType"`
		Representative representative `json:"representative"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || !in.Representative.valid() {
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "eventType")
		return
	}
	switch in.Type {
	case "TYPING_STARTED":
		f.Types(to)
	case "TYPING_STOPPED", "REPRESENTATIVE_JOINED", "REPRESENTATIVE_LEFT":
	default:
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "eventType")
		return
	}
	f.told(in.Type)
	write(w, http.StatusOK, Event{})
}

func (f *Fake) takeGBM(w http.ResponseWriter, r *http.Request, to string) {
	var in struct {
		ID             string         `json:"messageId"`
		Representative representative `json:"representative"`
		Text           string         `json:"text"`
		Image          *struct {
			Info struct {
				URL string `json:"fileUrl"`
				Alt string `json:"altText"`
			} `json:"contentInfo"`
		} `json:"image"`
		Suggestions []suggestionOut `json:"suggestions"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || !uuidPattern.MatchString(in.ID) || !in.Representative.valid() {
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "messageId, representative")
		return
	}
	all, ok := options(in.Suggestions, 13)
	if !ok || (in.Text == "") == (in.Image == nil) || utf8.RuneCountInString(in.Text) > 3072 || strings.Contains(in.Text, "\x00") {
		fail(w, http.StatusBadRequest, "INVALID_ARGUMENT", "text, image, suggestions")
		return
	}
	// Whose it is is not said: the conversation is of one agent.
	account, ok := f.Find(func(k fake.Known) bool { return k.Kind == "gbm" })
	if !ok {
		fail(w, http.StatusForbidden, "PERMISSION_DENIED", "The caller does not have permission")
		return
	}
	s := fake.Sent{ID: in.ID, Key: in.ID, Account: "gbm", From: in.Representative.Type, To: to, Text: in.Text, Options: all, At: f.Clock(), Status: "sent"}
	account.ID = s.Account
	if in.Image != nil && (in.Image.Info.Alt == "" || !f.enclose(w, &s, in.Image.Info.URL)) {
		return
	}
	if f.takeOnce(w, account, s) {
		write(w, http.StatusOK, Event{"name": "conversations/" + to + "/messages/" + in.ID})
	}
}
