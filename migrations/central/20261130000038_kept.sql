-- What was typed into the form that waits for somebody to prove themselves at the provider (JSON, without what is secret); none where
-- nothing waits. It goes with the row.
alter table provider_visits add column kept text;
