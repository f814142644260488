package meta

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"seax/connectors"
	"seax/internal/conversation"
)

// item is something that happened in an inbox. What happened is told by which part is there.
type item struct {
	Sender struct {
		ID string `json:"id"`
	} `json:"sender"`
	Recipient struct {
		ID string `json:"id"`
	} `json:"recipient"`
	Timestamp stamp      `json:"timestamp"`
	Message   *inboxIn   `json:"message"`
	Postback  *postback  `json:"postback"`
	Reaction  *reaction  `json:"reaction"`
	Edit      *inboxEdit `json:"message_edit"`
	Delivery  *struct {
		MIDs      []string `json:"mids"`
		Watermark stamp    `json:"watermark"`
	} `json:"delivery"`
	Read *struct {
		MID       string `json:"mid"`
		Watermark stamp  `json:"watermark"`
	} `json:"read"`
	Referral map[string]any `json:"referral"`
}

type inboxIn struct {
	MID         string `json:"mid"`
	Text        string `json:"text"`
	Echo        bool   `json:"is_echo"`
	Deleted     bool   `json:"is_deleted"`
	Unsupported bool   `json:"is_unsupported"`
	Metadata    string `json:"metadata"`
	QuickReply  struct {
		Payload string `json:"payload"`
	} `json:"quick_reply"`
	ReplyTo struct {
		MID   string `json:"mid"`
		Story struct {
			URL string `json:"url"`
			ID  string `json:"id"`
		} `json:"story"`
	} `json:"reply_to"`
	Attachments []inboxAttachment `json:"attachments"`
	Referral    map[string]any    `json:"referral"`
}

type inboxAttachment struct {
	Type    string `json:"type"`
	Title   string `json:"title"`
	URL     string `json:"url"`
	Payload struct {
		URL         string      `json:"url"`
		Title       string      `json:"title"`
		StickerID   json.Number `json:"sticker_id"`
		Coordinates *struct {
			Latitude  float64 `json:"lat"`
			Longitude float64 `json:"long"`
		} `json:"coordinates"`
	} `json:"payload"`
}

type postback struct {
	MID      string         `json:"mid"`
	Title    string         `json:"title"`
	Payload  string         `json:"payload"`
	Referral map[string]any `json:"referral"`
}

type reaction struct {
	MID      string `json:"mid"`
	Action   string `json:"action"`
	Reaction string `json:"reaction"`
	Emoji    string `json:"emoji"`
}

type inboxEdit struct {
	MID    string `json:"mid"`
	Text   string `json:"text"`
	Number int    `json:"num_edit"`
	// Numbers is how some call the number.
	Numbers int `json:"num_edits"`
}

// Parse implements connectors.Connector.
func (b *inbox) Parse(_ context.Context, _ connectors.Account, _ connectors.Caller, r *connectors.Request) (connectors.Batch, error) {
	entries, err := decode(r.Body, b.objects...)
	if err != nil {
		return connectors.Batch{}, err
	}
	batch := connectors.Batch{Respond: received}
	add := func(key string, events []connectors.Inbound) {
		for _, in := range events {
			in.AccountKey = key
			batch.Events = append(batch.Events, in)
		}
	}
	for _, e := range entries {
		key := e.ID
		if key == "" {
			key = "nobody"
		}
		for _, raw := range e.Messaging {
			add(key, read(key, raw))
		}
		for _, raw := range e.Standby {
			add(key, aside(read(key, raw)))
		}
		for _, c := range e.Changes {
			// The dashboard's test button tells of messages this way; everything else is of posts and comments.
			if c.Field == "messages" {
				add(key, read(key, c.Value))
			}
		}
	}
	return batch, nil
}

// aside makes what customers say to another app something that is shown where we talk with them, and starts nothing.
func aside(events []connectors.Inbound) []connectors.Inbound {
	for i := range events {
		if events[i].Type == connectors.InMessage {
			events[i].Type = connectors.InAutomatic
		}
	}
	return events
}

// read makes events of an item in the inbox of the account with this key.
func read(key string, raw json.RawMessage) []connectors.Inbound {
	var i item
	broken := json.Unmarshal(raw, &i) != nil
	in := connectors.Inbound{Type: connectors.InMessage, Address: i.Sender.ID, At: i.Timestamp.Time, Raw: raw}
	if in.Address == key {
		in.Address = i.Recipient.ID
	}
	switch {
	case in.Address == "":
		return nil
	case broken:
		in.ProviderID = digest(raw)
		unsupported(&in, "")
		return []connectors.Inbound{in}
	case i.Message != nil && (i.Message.Echo || i.Sender.ID == key):
		return i.Message.echo(in)
	case i.Message != nil:
		return i.Message.said(in)
	case i.Postback != nil:
		return i.Postback.said(in)
	case i.Reaction != nil && i.Reaction.MID != "":
		return i.Reaction.given(in)
	case i.Edit != nil && i.Edit.MID != "":
		in.Type, in.Target, in.Message.Text = connectors.InEdited, i.Edit.MID, i.Edit.Text
		in.ProviderID = "edit/" + i.Edit.MID + "/" + strconv.Itoa(max(i.Edit.Number, i.Edit.Numbers))
		return []connectors.Inbound{in}
	case i.Delivery != nil:
		return delivered(in, i.Delivery.MIDs, i.Delivery.Watermark)
	case i.Read != nil:
		return seen(in, i.Read.MID, i.Read.Watermark)
	case i.Referral != nil:
		// They came by a link or an advertisement, and have not said anything.
		in.Type, in.ProviderID, in.Message.Referral = connectors.InAutomatic, digest(raw), referral(i.Referral)
		in.Code = in.Message.Referral["ref"]
		return []connectors.Inbound{in}
	default:
		// Whom the thread belongs to, what they have agreed to: nothing that is said.
		return nil
	}
}

// echo reads what the business has written: we, which tells that it was sent, or somebody elsewhere.
func (m *inboxIn) echo(in connectors.Inbound) []connectors.Inbound {
	if id, ours := strings.CutPrefix(m.Metadata, ownMetadata); ours && m.MID != "" {
		in.Type = connectors.InStatus
		in.Status = connectors.StatusUpdate{MessageID: id, ProviderID: m.MID, Status: conversation.StatusSent}
		return []connectors.Inbound{in}
	}
	events := m.said(in)
	for i := range events {
		if events[i].Type != connectors.InMessage {
			// Taken back by a colleague: what is shown here stays.
			return nil
		}
		events[i].Type = connectors.InEcho
	}
	return events
}

// said reads a message.
func (m *inboxIn) said(in connectors.Inbound) []connectors.Inbound {
	in.ProviderID = either(m.MID, digest(in.Raw))
	if m.Deleted && m.MID == "" {
		return nil
	}
	if m.Deleted {
		in.Type, in.Target, in.ProviderID = connectors.InDeleted, m.MID, "deleted/"+m.MID
		return []connectors.Inbound{in}
	}
	in.ReplyTo = m.ReplyTo.MID
	in.Message.Text, in.Message.Choice = m.Text, m.QuickReply.Payload
	in.Message.Referral = referral(m.Referral)
	in.Code = in.Message.Referral["ref"]
	if story := m.ReplyTo.Story; story.ID != "" || story.URL != "" {
		in.Message.Referral = withStory(in.Message.Referral, story.ID, story.URL)
	}
	for _, a := range m.Attachments {
		a.attach(&in)
	}
	if m.Unsupported || in.Message.Text == "" && in.Message.Choice == "" && in.Message.Location == nil && len(in.Files) == 0 && in.Message.Unsupported == nil {
		unsupported(&in, map[bool]string{true: "unsupported", false: "empty"}[m.Unsupported])
	}
	return []connectors.Inbound{in}
}

func withStory(known map[string]string, id, address string) map[string]string {
	if known == nil {
		known = map[string]string{}
	}
	known["story_id"], known["story_url"] = id, address
	return known
}

// thumbs are the ids of the thumb that is sent by holding a button, in three sizes.
var thumbs = []string{"369239263222822", "369239343222814", "369239383222810"}

// attach reads one attachment.
func (a inboxAttachment) attach(in *connectors.Inbound) {
	m, p := &in.Message, a.Payload
	switch {
	case slices.Contains(thumbs, p.StickerID.String()):
		line(m, "👍")
	case a.Type == "like_heart":
		line(m, "❤️")
	case a.Type == "location" && p.Coordinates != nil:
		m.Location = &conversation.Location{Latitude: p.Coordinates.Latitude, Longitude: p.Coordinates.Longitude, Name: either(p.Title, a.Title)}
	case slices.Contains([]string{"image", "video", "audio", "file", "sticker"}, a.Type) && p.URL != "":
		in.Files = append(in.Files, connectors.MediaRef{URL: p.URL, Sticker: a.Type == "sticker" || p.StickerID != "", MediaType: guess[a.Type], Voice: a.Type == "audio"})
	case a.Type == "story_mention" && p.URL != "":
		in.Files = append(in.Files, connectors.MediaRef{URL: p.URL})
		m.Referral = withStory(m.Referral, "", p.URL)
	case slices.Contains([]string{"share", "fallback", "reel", "ig_reel", "ig_post", "ig_story"}, a.Type) && either(p.URL, a.URL) != "":
		line(m, either(p.Title, a.Title))
		line(m, either(p.URL, a.URL))
	default:
		line(m, p.Title)
		unsupported(in, a.Type)
	}
}

// guess is what a file probably is; what it is is found out from its content.
var guess = map[string]string{"image": "image/jpeg", "video": "video/mp4", "audio": "audio/mp4", "sticker": "image/png"}

// line adds a line to a message, unless it says that already.
func line(m *conversation.Message, words string) {
	if words == "" || strings.Contains(m.Text, words) {
		return
	}
	if m.Text != "" {
		m.Text += "\n"
	}
	m.Text += words
}

// said reads that a button was tapped.
func (p *postback) said(in connectors.Inbound) []connectors.Inbound {
	in.ProviderID = p.MID
	if in.ProviderID == "" {
		in.ProviderID = fmt.Sprintf("postback/%s/%d/%s", in.Address, in.At.UnixMilli(), p.Payload)
	}
	in.Message.Text, in.Message.Choice, in.Message.Referral = either(p.Title, p.Payload), p.Payload, referral(p.Referral)
	in.Code = in.Message.Referral["ref"]
	if in.Message.Text == "" {
		unsupported(&in, "postback")
	}
	return []connectors.Inbound{in}
}

// reactions are the words of those that have no emoji.
var reactions = map[string]string{"smile": "😆", "angry": "😠", "sad": "😢", "wow": "😮", "love": "❤️", "like": "👍", "dislike": "👎"}

func (r *reaction) given(in connectors.Inbound) []connectors.Inbound {
	in.Type, in.Target = connectors.InReaction, r.MID
	if r.Action != "unreact" {
		in.Emoji = either(r.Emoji, either(reactions[r.Reaction], "❤️"))
	}
	in.ProviderID = fmt.Sprintf("reaction/%s/%s/%s/%s/%d", r.MID, in.Address, r.Action, in.Emoji, in.At.UnixMilli())
	return []connectors.Inbound{in}
}

func delivered(in connectors.Inbound, mids []string, watermark stamp) []connectors.Inbound {
	in.Type, in.Status.Status = connectors.InStatus, conversation.StatusDelivered
	if len(mids) == 0 {
		return until(in, watermark)
	}
	var all []connectors.Inbound
	for _, mid := range mids {
		in.Status.ProviderID = mid
		all = append(all, in)
	}
	return all
}

// seen reads that a customer has read: one message and what came before, or everything by a time.
func seen(in connectors.Inbound, mid string, watermark stamp) []connectors.Inbound {
	in.Type, in.Status.Status = connectors.InStatus, conversation.StatusRead
	if mid == "" {
		return until(in, watermark)
	}
	in.Status.ProviderID, in.Status.Through = mid, true
	return []connectors.Inbound{in}
}

func until(in connectors.Inbound, watermark stamp) []connectors.Inbound {
	if watermark.IsZero() {
		return nil
	}
	in.Status.Until = watermark.Time
	return []connectors.Inbound{in}
}
