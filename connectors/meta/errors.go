package meta

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"seax/connectors"
	"seax/connectors/wire"
)

// meaning is what one of Meta's error codes says.
type meaning struct {
	code  connectors.ErrorCode
	words string
	// wait is how long nothing will change; 0: Meta says, or nobody knows.
	wait time.Duration
}

const (
	unreachable = connectors.CodeUnreachable
	rejected    = connectors.CodeRejected
	throttled   = connectors.CodeThrottled
	config      = connectors.CodeConfig
	provider    = connectors.CodeProvider
	closed      = connectors.CodeWindowClosed
	ambiguous   = connectors.CodeAmbiguous
)

// reason is an error's code and subcode; a subcode of 0 stands for those that are not listed.
type reason struct{ code, sub int }

// meanings are those of the reasons that calls meet. What is not here is classified by its range, then by the answer's status.
var meanings = map[reason]meaning{
	{1, 0}:       {provider, "Meta met an error of its own.", 0},
	{1, 1357046}: {ambiguous, "Meta did not say whether it took the message.", 0},
	{2, 0}:       {provider, "Meta is not available.", 0},
	{0, 0}:       {config, "Meta refuses the channel's access token.", 0},
	{3, 0}:       {config, "The app may not make this call; its permissions are missing.", 0},
	{4, 0}:       {throttled, "The app makes too many calls.", time.Minute},
	{17, 0}:      {throttled, "The account makes too many calls.", time.Minute},
	{32, 0}:      {throttled, "The page makes too many calls.", time.Minute},
	{613, 0}:     {throttled, "Meta wants us to wait.", time.Minute},
	{80007, 0}:   {throttled, "The WhatsApp account makes too many calls.", time.Minute},
	{1200, 0}:    {provider, "Meta could not send the message just now.", 0},
	{10, 0}:      {config, "The app lacks the permission for this.", 0},
	{33, 0}:      {rejected, "Meta has no such object.", 0},
	{100, 0}:     {rejected, "Meta refuses this message's content.", 0},
	{100, 33}:    {rejected, "Meta has no such object.", 0},
	{190, 0}:     {config, "The channel's access token is not valid any more.", 0},
	{230, 0}:     {config, "The app lacks the permission for this customer.", 0},
	{368, 0}:     {config, "Meta has blocked the account for breaking its rules.", 0},

	// Messenger and Instagram.
	{10, 2018278}:  {closed, "The customer has not written for too long; they cannot be written to until they write again.", 0},
	{10, 2534022}:  {closed, "The customer has not written for too long; they cannot be written to until they write again.", 0},
	{10, 2018065}:  {closed, "The customer has not written for too long; they cannot be written to until they write again.", 0},
	{10, 2018108}:  {unreachable, "The customer does not receive messages just now.", 0},
	{10, 2018300}:  {rejected, "Another app talks with this customer; take the thread over in Meta's inbox first.", 0},
	{4, 2018022}:   {throttled, "The page writes to too many customers.", time.Minute},
	{551, 0}:       {unreachable, "The customer cannot be reached; they may have blocked the page.", 0},
	{200, 1545041}: {unreachable, "The customer cannot be reached; they may have blocked the page.", 0},
	{100, 2018001}: {unreachable, "There is no such customer.", 0},
	{100, 2534014}: {unreachable, "There is no such customer.", 0},
	{100, 2018109}: {rejected, "The attachment is too large.", 0},
	{100, 2018047}: {rejected, "The attachment is not of the type it says.", 0},
	{100, 2018008}: {rejected, "Meta could not fetch the attachment.", 0},
	{100, 2018074}: {rejected, "Meta does not have the attachment any more.", 0},
	{100, 2018294}: {rejected, "The video could not be processed.", 0},
	{200, 2534041}: {config, "The Instagram account does not allow access to its messages; switch it on in Instagram's settings.", 0},

	// WhatsApp.
	{130429, 0}: {throttled, "The number sends faster than WhatsApp allows.", time.Second},
	{130472, 0}: {rejected, "WhatsApp does not deliver this message to this customer (an experiment).", 0},
	{130497, 0}: {rejected, "WhatsApp does not deliver messages of this account in the customer's country.", 0},
	{131000, 0}: {provider, "WhatsApp met an error of its own.", 0},
	{131005, 0}: {config, "The access token lacks the permission for this number.", 0},
	{131008, 0}: {rejected, "Something that WhatsApp needs is missing in the message.", 0},
	{131009, 0}: {rejected, "WhatsApp refuses something in the message.", 0},
	{131016, 0}: {provider, "WhatsApp is not available.", 0},
	{131021, 0}: {rejected, "The number cannot write to itself.", 0},
	{131026, 0}: {unreachable, "The customer cannot be reached on WhatsApp.", 0},
	{131031, 0}: {config, "Meta has locked the WhatsApp account.", 0},
	{131037, 0}: {config, "The number's display name is not approved.", 0},
	{131042, 0}: {config, "The WhatsApp account has no valid way of paying.", 0},
	{131045, 0}: {config, "The number is not registered for the Cloud API.", 0},
	{131047, 0}: {closed, "The customer has not written for more than 24 hours; only a template may be sent now.", 0},
	{131048, 0}: {throttled, "WhatsApp slows the number down because customers have reported its messages.", 10 * time.Minute},
	{131049, 0}: {throttled, "WhatsApp does not deliver more marketing messages to this customer today.", 24 * time.Hour},
	{131050, 0}: {rejected, "The customer does not want marketing messages.", 0},
	{131051, 0}: {rejected, "WhatsApp does not carry this type of message.", 0},
	{131052, 0}: {rejected, "WhatsApp could not fetch the customer's file.", 0},
	{131053, 0}: {rejected, "WhatsApp could not take the attachment.", 0},
	{131056, 0}: {throttled, "Too many messages to this customer in a short time.", 6 * time.Second},
	{131057, 0}: {provider, "The WhatsApp account is in maintenance.", 0},
	{131062, 0}: {rejected, "This message needs the customer's phone number, which WhatsApp does not tell.", 0},
	{132000, 0}: {rejected, "The template's variables do not fit.", 0},
	{132001, 0}: {rejected, "The template does not exist in this language.", 0},
	{132005, 0}: {rejected, "The template is too long when its variables are filled in.", 0},
	{132007, 0}: {rejected, "The template is against WhatsApp's rules.", 0},
	{132012, 0}: {rejected, "The template's variables do not fit.", 0},
	{132015, 0}: {rejected, "WhatsApp has paused the template because of its quality.", 0},
	{132016, 0}: {rejected, "WhatsApp has disabled the template because of its quality.", 0},
	{132068, 0}: {rejected, "The template's form is blocked.", 0},
	{132069, 0}: {rejected, "The template's form is throttled.", 0},
	{133004, 0}: {provider, "WhatsApp is not available.", 0},
	{133010, 0}: {config, "The number is not registered for the Cloud API.", 0},
}

func find(code, sub int) (meaning, bool) {
	if m, known := meanings[reason{code, sub}]; known {
		return m, true
	}
	if m, known := meanings[reason{code, 0}]; known {
		return m, true
	}
	if code >= 200 && code <= 299 {
		return meaning{config, "The app lacks the permission for this.", 0}, true
	}
	return meaning{}, false
}

// refusal says what an answer that is not OK means.
func refusal(a wire.Answer, now time.Time) *connectors.SendError {
	var body struct {
		Error *struct {
			Code    int    `json:"code"`
			Subcode int    `json:"error_subcode"`
			Message string `json:"message"`
			Data    struct {
				Details string `json:"details"`
			} `json:"error_data"`
			Trace string `json:"fbtrace_id"`
		} `json:"error"`
	}
	// What is no JSON comes from something in between, and has no code.
	if err := json.Unmarshal(a.Body, &body); err != nil || body.Error == nil {
		return a.Refusal(now, "no error of Meta's")
	}
	in := body.Error
	cause := fmt.Errorf("status %d, code %d/%d: %s: %s (trace %s)", a.Status, in.Code, in.Subcode, in.Message, in.Data.Details, in.Trace)
	m, known := find(in.Code, in.Subcode)
	if !known || in.Code == 1 && a.Status >= http.StatusInternalServerError {
		// An unknown error of a server says nothing of what was done before it.
		return a.Refusal(now, cause.Error())
	}
	e := &connectors.SendError{Code: m.code, Words: m.words, Cause: cause}
	if m.code == throttled || m.code == provider {
		if e.RetryAfter = a.RetryAfter(now); e.RetryAfter == 0 {
			e.RetryAfter = max(regained(a.Header.Get("X-Business-Use-Case-Usage")), m.wait)
		}
	}
	return e
}

// regained is in how long an account may make calls again, by the header with its usage.
func regained(usage string) time.Duration {
	var accounts map[string][]struct {
		Minutes float64 `json:"estimated_time_to_regain_access"`
	}
	if usage == "" || json.Unmarshal([]byte(usage), &accounts) != nil {
		return 0
	}
	var longest float64
	for _, uses := range accounts {
		for _, use := range uses {
			longest = max(longest, use.Minutes)
		}
	}
	return time.Duration(min(longest, 24*60) * float64(time.Minute))
}

// failure is an error in a webhook.
type failure struct {
	Code    int    `json:"code"`
	Title   string `json:"title"`
	Message string `json:"message"`
	Data    struct {
		Details string `json:"details"`
	} `json:"error_data"`
}

// reported says what the errors of a status mean: the message has failed.
func reported(all []failure) (connectors.ErrorCode, string) {
	if len(all) == 0 {
		return rejected, "WhatsApp could not deliver the message."
	}
	if m, known := find(all[0].Code, 0); known {
		return m.code, m.words
	}
	said := strings.TrimSpace(all[0].Title)
	if said == "" {
		said = strings.TrimSpace(all[0].Message)
	}
	return rejected, strings.TrimSuffix(fmt.Sprintf("WhatsApp could not deliver the message (error %d): %.200s", all[0].Code, said), ": ")
}
