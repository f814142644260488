package twilio

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"seax/connectors"
	"seax/connectors/wire"
)

// meaning is what one of Twilio's error codes says.
type meaning struct {
	code  connectors.ErrorCode
	words string
	// wait is how long nothing will change; 0: Twilio says, or nobody knows.
	wait time.Duration
}

const (
	unreachable = connectors.CodeUnreachable
	rejected    = connectors.CodeRejected
	throttled   = connectors.CodeThrottled
	config      = connectors.CodeConfig
)

// meanings are those of the codes that messages meet, by https://www.twilio.com/docs/api/errors. Codes that are not here are
// classified by the answer's status.
var meanings = map[int]meaning{
	21211: {unreachable, "This is not a number that can be written to.", 0},
	21217: {unreachable, "This is not a number that can be written to.", 0},
	21612: {unreachable, "This number cannot be reached by text message from this sender.", 0},
	21614: {unreachable, "This is not a mobile number.", 0},
	21610: {connectors.CodeOptedOut, "The customer does not want to be written to (they sent STOP).", 0},
	21617: {rejected, "The message is longer than 1,600 characters.", 0},
	21620: {rejected, "The attachment's address was refused.", 0},
	21623: {rejected, "The message has too many attachments.", 0},
	21408: {config, "Messages to this country are not enabled in the Twilio account.", 0},
	21212: {config, "The sender's number is not one that can be used.", 0},
	21606: {config, "The sender's number cannot send text messages.", 0},
	21608: {config, "A Twilio trial account may write to verified numbers only.", 0},
	20003: {config, "Twilio refuses the channel's credentials.", 0},
	20404: {config, "Twilio does not know the account or the sender.", 0},
	20429: {throttled, "Twilio wants us to wait.", 0},
	20503: {connectors.CodeProvider, "Twilio is not available.", 0},
	21611: {throttled, "The sender's queue at Twilio is full.", time.Minute},

	30001: {throttled, "Twilio's queue is full.", time.Minute},
	30002: {config, "The Twilio account is suspended.", 0},
	30003: {unreachable, "The phone is switched off or cannot be reached.", 0},
	30004: {unreachable, "The customer has blocked messages.", 0},
	30005: {unreachable, "The number does not exist any more.", 0},
	30006: {unreachable, "This is a landline, or a network that cannot be reached.", 0},
	30007: {rejected, "The network filtered the message as unwanted.", 0},
	30008: {unreachable, "The network could not deliver the message and does not say why.", 0},
	30011: {rejected, "The number cannot receive pictures.", 0},
	30017: {throttled, "The network is congested.", time.Minute},
	30019: {rejected, "The network finds the message too large.", 0},
	30022: {throttled, "The sender is faster than US networks allow.", time.Minute},
	30027: {throttled, "The sender's allowance of the day is used up at T-Mobile.", 6 * time.Hour},
	30032: {config, "The toll-free number is not verified.", 0},
	30034: {config, "The sender is not registered for US networks (10DLC).", 0},

	63001: {config, "The sender is not set up correctly.", 0},
	63003: {unreachable, "The customer is not on this channel.", 0},
	63005: {rejected, "The channel refuses the message's content.", 0},
	63006: {rejected, "The channel refuses the message's format.", 0},
	63007: {config, "The sender is not one that Twilio knows on this channel.", 0},
	63008: {config, "The sender is not set up correctly.", 0},
	63009: {connectors.CodeProvider, "The channel behind Twilio is not available.", 0},
	63010: {connectors.CodeProvider, "The channel behind Twilio is not available.", 0},
	63012: {connectors.CodeProvider, "The channel behind Twilio is not available.", 0},
	63013: {rejected, "The message is against the channel's rules.", 0},
	63014: {unreachable, "The customer has blocked us.", 0},
	63015: {unreachable, "The customer has not joined the WhatsApp sandbox.", 0},
	63016: {connectors.CodeWindowClosed, "The customer has not written for more than 24 hours; only a template may be sent now.", 0},
	63017: {throttled, "The channel wants us to wait.", time.Minute},
	63018: {throttled, "The channel wants us to wait.", time.Minute},
	63019: {rejected, "The channel could not fetch the attachment.", 0},
	63021: {rejected, "The channel refuses the message's content.", 0},
	63024: {unreachable, "The customer is not on this channel.", 0},
	63027: {rejected, "The template does not exist in this language.", 0},
	63028: {rejected, "The template's variables do not fit.", 0},
	63032: {rejected, "WhatsApp does not deliver this message to this customer.", 0},
	63033: {unreachable, "The customer has blocked us.", 0},
	63034: {rejected, "The attachment is too large.", 0},
	63038: {throttled, "The sender's allowance of the day is used up.", 6 * time.Hour},
	63040: {rejected, "The template has been rejected by WhatsApp.", 0},
}

// refusal says what an answer that is not OK means.
func refusal(a wire.Answer, now time.Time) *connectors.SendError {
	var body struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	}
	// What is no JSON comes from something in between, and has no code.
	_ = json.Unmarshal(a.Body, &body)
	m, known := meanings[body.Code]
	if !known {
		return a.Refusal(now, fmt.Sprintf("code %d: %s", body.Code, body.Message))
	}
	e := &connectors.SendError{Code: m.code, Words: m.words, Cause: fmt.Errorf("status %d, code %d: %s", a.Status, body.Code, body.Message)}
	if m.code == throttled || m.code == connectors.CodeProvider {
		if e.RetryAfter = a.RetryAfter(now); e.RetryAfter == 0 {
			e.RetryAfter = m.wait
		}
	}
	return e
}

// reported says what the error of a status callback means: the message has failed.
func reported(code string) (connectors.ErrorCode, string) {
	if n, err := strconv.Atoi(code); err == nil {
		if m, known := meanings[n]; known {
			return m.code, m.words
		}
		return rejected, fmt.Sprintf("Twilio could not deliver the message (error %d).", n)
	}
	return rejected, "Twilio could not deliver the message."
}
