# Where the servers are, and who may tell Varnish what to forget: the servers themselves.

probe alive {
    .url = "/healthz";
    .interval = 1s;
    .timeout = 1s;
    .window = 4;
    .threshold = 2;
    .initial = 2;
}

backend server {
    .host = "127.0.0.1";
    .port = "3000";
    .probe = alive;
    .connect_timeout = 1s;
    .first_byte_timeout = 20s;
    .between_bytes_timeout = 30s;
}

acl purgers {
    "127.0.0.1";
}
