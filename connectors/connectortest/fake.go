package connectortest

import "seax/connectors/fake"

// Stand is what fixtures need of the fake that stands in for a provider; every fake has it by its fake.Base.
type Stand interface {
	Sent(to string) []fake.Sent
	Misbehave(faults ...fake.Fault)
}

// Deed is something customers can do on a channel besides writing.
type Deed int

// The deeds, as in Fixture.
const (
	Edited Deed = iota
	Deleted
	Reacted
	Choice
	Reply
	OptOut
	Echo
	Typing
	Left
	File
)

// Acts lets customers do what act makes of a fake's acts: write, what nobody has heard of, and these deeds. A Message the fixture has already stays.
func (f *Fixture) Acts(act func(fake.Act) any, deeds ...Deed) {
	if f.Message == nil {
		f.Message = func(address, id, text string) any {
			return act(fake.Act{Type: "message", ID: id, From: address, Text: text})
		}
	}
	f.Unknown = func(address, id, text string) any {
		return act(fake.Act{Type: "unknown", ID: id, From: address, Text: text})
	}
	for _, d := range deeds {
		f.deed(d, act)
	}
}

func (f *Fixture) deed(d Deed, act func(fake.Act) any) {
	switch d {
	case Edited:
		f.Edited = func(address, target, text string) any {
			return act(fake.Act{Type: "edit", From: address, Target: target, Text: text})
		}
	case Deleted:
		f.Deleted = func(address, target string) any { return act(fake.Act{Type: "delete", From: address, Target: target}) }
	case Reacted:
		f.Reacted = func(address, target, emoji string) any {
			return act(fake.Act{Type: "reaction", From: address, Target: target, Emoji: emoji})
		}
	case Choice:
		f.Choice = func(address, id, choice, label string) any {
			return act(fake.Act{Type: "message", ID: id, From: address, Choice: choice, Text: label})
		}
	case Reply:
		f.Reply = func(address, id, target, text string) any {
			return act(fake.Act{Type: "message", ID: id, From: address, ReplyTo: target, Text: text})
		}
	case OptOut:
		f.OptOut = func(address, id string) any { return act(fake.Act{Type: "stop", ID: id, From: address}) }
	case Echo:
		f.Echo = func(address, id, text string) any {
			return act(fake.Act{Type: "echo", ID: id, From: address, Text: text})
		}
	case Typing:
		f.Typing = func(address string) any { return act(fake.Act{Type: "typing", From: address}) }
	case Left:
		f.Left = func(address string) any { return act(fake.Act{Type: "left", From: address}) }
	case File:
		f.File = func(address, id, name, mediaType, content string) any {
			return act(fake.Act{Type: "message", ID: id, From: address, Files: []fake.File{{Name: name, MediaType: mediaType, Content: []byte(content)}}})
		}
	}
}

// At puts a fake behind the fixture: what it has taken has reached customers, and it misbehaves as it is told to. faults has CutBefore and
// CutAfter; hanging is being cut and not told. A Received the fixture has already stays.
func (f *Fixture) At(stand Stand, faults map[Fault]fake.Fault) {
	if f.Received == nil {
		f.Received = func(address string) []Received { return received(stand.Sent(address)) }
	}
	f.Fail = func(fault Fault) { stand.Misbehave(faults[fault]) }
	f.Hang = func(taken bool) <-chan struct{} {
		fault := faults[CutBefore]
		if taken {
			fault = faults[CutAfter]
		}
		fault.Hang = make(chan struct{})
		stand.Misbehave(fault)
		return fault.Hang
	}
}

// received is what customers still see.
func received(sent []fake.Sent) (got []Received) {
	for _, s := range sent {
		if s.Deleted {
			continue
		}
		r := Received{Text: s.Text, Options: s.Options, Template: s.Template, Variables: s.Variables, ReplyTo: s.ReplyTo}
		for _, file := range s.Files {
			r.Files = append(r.Files, ReceivedFile{MediaType: file.MediaType, Content: string(file.Content)})
		}
		got = append(got, r)
	}
	return got
}
