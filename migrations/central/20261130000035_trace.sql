-- What a run was begun under, as programs tell each other of traces (traceparent); none where nobody collects them.
alter table runs add column trace text;
