//! Tests of the executable: story.
