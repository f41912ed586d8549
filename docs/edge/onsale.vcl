vcl 4.1;

# Varnish 7 in front of Onsale, with varnish-modules for xkey. It needs one file beside it,
# backend.vcl, which says where the servers are and who may purge. `cargo xtask up --edge` writes
# one for this machine; docs/edge/backend.vcl is an example. Start it with
#
#     varnishd -a :6081 -f onsale.vcl -p vcl_path=docs/edge -p http_gzip_support=off -s malloc,256m
#
# The servers pack each answer with brotli and gzip; with its own support for gzip, Varnish would
# hide from them and from this file that a browser reads brotli.
#
# What may be kept and for how long is said by the servers alone, in Cache-Control. Varnish adds
# three things: many who ask for the same at once are one request, what the servers cannot answer is
# answered as it was before (stale-if-error), and what changes is forgotten at once (PURGE).

import std;
import xkey;

include "backend.vcl";

sub vcl_recv {
    if (req.method == "PURGE") {
        if (client.ip !~ purgers) {
            return (synth(403, "Not from there"));
        }
        if (!req.http.Surrogate-Key) {
            return (synth(400, "Surrogate-Key says what to forget"));
        }
        set req.http.X-Purged = xkey.purge(req.http.Surrogate-Key);
        return (synth(200, "Forgotten"));
    }

    # The operator's pages are not the public's.
    if (req.url ~ "^/(metrics|readyz|healthz)([?]|$)") {
        return (synth(404, "Not found"));
    }
    # A WebSocket is a connection of its own; nothing else may become one, or it would pass by all
    # that is said here.
    if (req.http.Upgrade ~ "(?i)websocket" && req.url ~ "^/api/events/[^/]+/queue/ws([?]|$)") {
        return (pipe);
    }
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    # One person's, or a stream that never ends.
    if (req.url ~ "^/(bookings|admin)(/|[?]|$)"
        || req.url ~ "^/queue/[^/?]+/(place|return)([?]|$)"
        || req.url ~ "^/events/[^/?]+[?](.*&)?admitted"
        || req.url ~ "^/api/(bookings|forms|webhooks|admin)(/|[?]|$)"
        || req.url ~ "^/api/events/[^/]+/queue([?]|$)"
        || req.url ~ "^/api/events/[^/]+/live([?]|$)") {
        return (pass);
    }
    # The public pages are the same for everybody: no cookie goes in, so none can come out.
    unset req.http.Cookie;
    unset req.http.Authorization;
    # The servers have each answer packed in three ways, and vary by this header.
    if (req.http.Accept-Encoding ~ "br") {
        set req.http.Accept-Encoding = "br";
    } elsif (req.http.Accept-Encoding ~ "gzip") {
        set req.http.Accept-Encoding = "gzip";
    } else {
        unset req.http.Accept-Encoding;
    }
    # While a server is well, what is old is shown for as long as stale-while-revalidate says, which
    # is less for what moves; while none is, for as long as stale-if-error says.
    if (std.healthy(req.backend_hint)) {
        if (req.url ~ "^/api/events/[^/]+/queue/now[.]json") {
            set req.grace = 5s;
        } elsif (req.url ~ "^/api/") {
            set req.grace = 2s;
        } else {
            set req.grace = 30s;
        }
    }
    return (hash);
}

sub vcl_pipe {
    # The connection belongs to one visitor from here on, and ends with what they came for.
    set bereq.http.Connection = "Upgrade, close";
    set bereq.http.Upgrade = req.http.Upgrade;
}

sub vcl_backend_response {
    # A server that cannot answer must not take the place of an answer that was good.
    if (beresp.status >= 500) {
        if (bereq.is_bgfetch) {
            return (abandon);
        }
        set beresp.uncacheable = true;
        set beresp.ttl = 0s;
        return (deliver);
    }
    # "private" and "no-store" are refused, and remembered for a while as not worth waiting for.
    if (beresp.http.Set-Cookie || beresp.http.Cache-Control ~ "(?i)(private|no-store)") {
        set beresp.uncacheable = true;
        set beresp.ttl = 60s;
        return (deliver);
    }
    # How long something may be shown when no server is well.
    if (beresp.http.Cache-Control ~ "(?i)stale-if-error=[0-9]+") {
        set beresp.grace = std.duration(
            regsub(beresp.http.Cache-Control, "(?i).*stale-if-error=([0-9]+).*", "\1") + "s", 30s);
    }
    # The words by which it is forgotten.
    if (beresp.http.Surrogate-Key) {
        set beresp.http.xkey = beresp.http.Surrogate-Key;
    }
    return (deliver);
}

sub vcl_deliver {
    if (obj.hits > 0) {
        set resp.http.X-Cache = "HIT";
    } else {
        set resp.http.X-Cache = "MISS";
    }
    # Between the edge and the servers only.
    unset resp.http.Surrogate-Key;
    unset resp.http.xkey;
    unset resp.http.Via;
    unset resp.http.X-Varnish;
}

sub vcl_synth {
    if (req.http.X-Purged) {
        set resp.http.X-Purged = req.http.X-Purged;
    }
    set resp.http.Cache-Control = "private, no-store";
    set resp.http.Content-Type = "text/plain; charset=utf-8";
    set resp.body = resp.reason + {"
"};
    return (deliver);
}

sub vcl_backend_error {
    # Only seen by somebody who asks for what was never kept, while no server answers.
    set beresp.http.Cache-Control = "private, no-store";
    set beresp.http.Retry-After = "5";
    if (bereq.url ~ "^/api/") {
        set beresp.http.Content-Type = "application/problem+json";
        set beresp.body = {"{"type":"/problems/unavailable","title":"We cannot do that just now","status":503,"code":"unavailable","detail":"The box office does not answer. Nothing was lost; please try again in a moment.","retryAfterSeconds":5}"};
    } else {
        set beresp.http.Content-Type = "text/html; charset=utf-8";
        set beresp.body = {"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>One moment, please</title></head><body><h1>One moment, please</h1><p>The box office does not answer just now. Your seats, if you hold any, are safe. Try again shortly.</p></body></html>"};
    }
    return (deliver);
}
