-- Where notices go. What lets somebody post there, and what messages are signed with, is sealed.
create table channels (
    id         text primary key,
    name       text not null,
    kind       text not null,
    -- A document: the address, and the secret of signatures.
    sealed     text not null,
    -- What is shown of the address.
    shown      text not null,
    -- JSON: the kinds of notices that it is told of.
    kinds      text not null,
    tag        text,
    -- It was added beside the key, and may lie in a private network.
    anywhere   bigint not null,
    enabled    bigint not null,
    made_by    text not null,
    created_at bigint not null,
    constraint channels_name_key unique (name)
);

-- What is told, made in the transaction that makes it true. `fact` is what it is told of, once for each tag that channels are confined
-- to; `tag` is empty where it is told whole. `body` is the message, as it stays.
create table notices (
    id      text primary key,
    fact    text not null,
    tag     text not null,
    kind    text not null,
    title   text not null,
    run     bigint,
    body    text not null,
    made_at bigint not null,
    constraint notices_fact_key unique (fact, tag)
);
create index notices_age on notices (made_at);

-- A notice on its way to one channel. Whoever is sending it is believed to live until `until`.
create table deliveries (
    id         text primary key,
    notice_id  text not null references notices (id),
    channel_id text not null references channels (id),
    state      text not null,
    tries      bigint not null,
    -- When it is due, from the start and after each try that failed.
    next_at    bigint not null,
    holder     text,
    until      bigint,
    error      text,
    sent_at    bigint
);
create index deliveries_due on deliveries (state, next_at);
create index deliveries_channel on deliveries (channel_id, notice_id);
create index deliveries_notice on deliveries (notice_id);
