-- The hub's own facts: everything that GitHub keeps outside git. Times are ISO 8601 in UTC, ids grow and are never reused.

CREATE TABLE IF NOT EXISTS users (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  login TEXT NOT NULL UNIQUE COLLATE NOCASE,
  kind TEXT NOT NULL CHECK (kind IN ('User', 'Bot', 'Organization')),
  created_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS tokens (
  digest TEXT PRIMARY KEY,
  user_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS repositories (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  owner TEXT NOT NULL COLLATE NOCASE,
  name TEXT NOT NULL COLLATE NOCASE,
  private INTEGER NOT NULL,
  default_branch TEXT NOT NULL,
  description TEXT,
  immutable_releases INTEGER NOT NULL DEFAULT 0,
  has_issues INTEGER NOT NULL DEFAULT 1,
  parent_id INTEGER REFERENCES repositories (id),   -- of which it is a fork
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  pushed_at TEXT NOT NULL,
  UNIQUE (owner, name));

CREATE TABLE IF NOT EXISTS collaborators (
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  role TEXT NOT NULL,
  PRIMARY KEY (repo_id, user_id));

CREATE TABLE IF NOT EXISTS protections (
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  branch TEXT NOT NULL,
  contexts TEXT NOT NULL,               -- JSON list of required check names; null: no required checks
  strict INTEGER NOT NULL DEFAULT 0,    -- the head must hold the base's tip
  enforce_admins INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (repo_id, branch));

CREATE TABLE IF NOT EXISTS issues (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  number INTEGER NOT NULL,
  title TEXT NOT NULL,
  body TEXT,
  state TEXT NOT NULL DEFAULT 'open',
  state_reason TEXT,
  user_id INTEGER NOT NULL REFERENCES users (id),
  closed_by INTEGER REFERENCES users (id),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  closed_at TEXT,
  UNIQUE (repo_id, number));

CREATE TABLE IF NOT EXISTS pulls (
  issue_id INTEGER PRIMARY KEY REFERENCES issues (id),
  head_repo_id INTEGER NOT NULL REFERENCES repositories (id),   -- a fork's, or the issue's own
  head_ref TEXT NOT NULL,
  head_sha TEXT NOT NULL,
  base_ref TEXT NOT NULL,
  base_sha TEXT NOT NULL,
  draft INTEGER NOT NULL DEFAULT 0,
  mergeable INTEGER NOT NULL DEFAULT 1,
  merge_commit_sha TEXT,
  merged_at TEXT,
  merged_by INTEGER REFERENCES users (id));

CREATE TABLE IF NOT EXISTS events (     -- what a pull request's page tells besides comments
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  issue_id INTEGER NOT NULL REFERENCES issues (id),
  actor_id INTEGER REFERENCES users (id),
  kind TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT '',
  created_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS comments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  issue_id INTEGER NOT NULL REFERENCES issues (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS comments_of_issue ON comments (issue_id, id);

CREATE TABLE IF NOT EXISTS reviews (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  issue_id INTEGER NOT NULL REFERENCES issues (id),
  user_id INTEGER NOT NULL REFERENCES users (id),
  body TEXT NOT NULL,
  state TEXT NOT NULL,                  -- APPROVED, CHANGES_REQUESTED, COMMENTED or DISMISSED
  commit_id TEXT NOT NULL,
  submitted_at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS reviews_of_issue ON reviews (issue_id, id);

CREATE TABLE IF NOT EXISTS reactions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL,                -- 'issue' or 'comment'
  subject_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  content TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (subject, subject_id, user_id, content));

CREATE TABLE IF NOT EXISTS labels (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  name TEXT NOT NULL COLLATE NOCASE,
  color TEXT NOT NULL,
  description TEXT,
  UNIQUE (repo_id, name));

CREATE TABLE IF NOT EXISTS issue_labels (
  issue_id INTEGER NOT NULL REFERENCES issues (id),
  label_id INTEGER NOT NULL REFERENCES labels (id) ON DELETE CASCADE,
  PRIMARY KEY (issue_id, label_id));

CREATE TABLE IF NOT EXISTS check_suites (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  head_sha TEXT NOT NULL,
  app_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL,
  UNIQUE (repo_id, head_sha, app_id));

CREATE TABLE IF NOT EXISTS check_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  suite_id INTEGER NOT NULL REFERENCES check_suites (id),
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  head_sha TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  conclusion TEXT,
  details_url TEXT,
  external_id TEXT NOT NULL DEFAULT '',
  started_at TEXT,
  completed_at TEXT,
  title TEXT,
  summary TEXT,
  text TEXT,
  annotations TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS check_runs_of_commit ON check_runs (repo_id, head_sha, id);

CREATE TABLE IF NOT EXISTS statuses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  sha TEXT NOT NULL,
  state TEXT NOT NULL,
  context TEXT NOT NULL,
  description TEXT,
  target_url TEXT,
  creator_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS releases (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  tag_name TEXT NOT NULL,
  target_commitish TEXT NOT NULL,
  name TEXT,
  body TEXT,
  draft INTEGER NOT NULL,
  prerelease INTEGER NOT NULL,
  immutable INTEGER NOT NULL DEFAULT 0,
  author_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  published_at TEXT);

CREATE TABLE IF NOT EXISTS assets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  release_id INTEGER NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  label TEXT,
  content_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  uploader_id INTEGER NOT NULL REFERENCES users (id),
  downloads INTEGER NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (release_id, name));

CREATE TABLE IF NOT EXISTS workflows (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  path TEXT NOT NULL,
  created_at TEXT NOT NULL,
  UNIQUE (repo_id, path));

CREATE TABLE IF NOT EXISTS workflow_runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  workflow_id INTEGER NOT NULL REFERENCES workflows (id),
  suite_id INTEGER NOT NULL REFERENCES check_suites (id),
  number INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 1,
  event TEXT NOT NULL,
  status TEXT NOT NULL,
  conclusion TEXT,
  title TEXT NOT NULL,
  head_repo_id INTEGER NOT NULL REFERENCES repositories (id),
  head_branch TEXT NOT NULL,
  head_sha TEXT NOT NULL,
  actor_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL,
  started_at TEXT,
  updated_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL REFERENCES workflow_runs (id),
  attempt INTEGER NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL,
  conclusion TEXT,
  steps TEXT NOT NULL,
  started_at TEXT NOT NULL,
  completed_at TEXT);

CREATE TABLE IF NOT EXISTS artifacts (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id INTEGER NOT NULL REFERENCES workflow_runs (id),
  name TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  UNIQUE (run_id, name));

CREATE TABLE IF NOT EXISTS deployments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  ref TEXT NOT NULL,
  sha TEXT NOT NULL,
  task TEXT NOT NULL,
  environment TEXT NOT NULL,
  description TEXT,
  payload TEXT NOT NULL,
  creator_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS deployment_statuses (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  deployment_id INTEGER NOT NULL REFERENCES deployments (id),
  state TEXT NOT NULL,
  description TEXT NOT NULL,
  environment_url TEXT NOT NULL,
  log_url TEXT NOT NULL,
  creator_id INTEGER NOT NULL REFERENCES users (id),
  created_at TEXT NOT NULL);

-- A GitHub App is its bot, with a key; its id is the bot's.
CREATE TABLE IF NOT EXISTS apps (
  bot_id INTEGER PRIMARY KEY REFERENCES users (id),
  public_key TEXT NOT NULL);            -- PEM

CREATE TABLE IF NOT EXISTS installations (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  bot_id INTEGER NOT NULL REFERENCES apps (bot_id),
  account_id INTEGER NOT NULL REFERENCES users (id),
  permissions TEXT NOT NULL,            -- JSON: GitHub's name to read or write
  created_at TEXT NOT NULL,
  suspended_at TEXT,
  UNIQUE (bot_id, account_id));

CREATE TABLE IF NOT EXISTS installed (
  installation_id INTEGER NOT NULL REFERENCES installations (id),
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  PRIMARY KEY (installation_id, repo_id));

-- What a token of an installation may do; one without a row may do what its user may.
CREATE TABLE IF NOT EXISTS grants (
  digest TEXT PRIMARY KEY REFERENCES tokens (digest),
  installation_id INTEGER NOT NULL REFERENCES installations (id),
  permissions TEXT NOT NULL,            -- JSON, as of installations
  repositories TEXT NOT NULL,           -- JSON list of repository ids
  expires_at INTEGER NOT NULL);         -- seconds since 1970

CREATE TABLE IF NOT EXISTS teams (
  org TEXT NOT NULL,
  slug TEXT NOT NULL,
  user_id INTEGER NOT NULL REFERENCES users (id),
  PRIMARY KEY (org, slug, user_id));

-- Rules over many refs, in the form in which GitHub exports and imports them.
CREATE TABLE IF NOT EXISTS rulesets (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  document TEXT NOT NULL,               -- JSON: name, target, enforcement, conditions, rules, bypass_actors
  created_at TEXT NOT NULL);

CREATE TABLE IF NOT EXISTS environments (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  name TEXT NOT NULL,
  policy TEXT NOT NULL DEFAULT 'null',  -- JSON: which branches may deploy; null: all
  created_at TEXT NOT NULL,
  UNIQUE (repo_id, name));

CREATE TABLE IF NOT EXISTS environment_branches (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  environment_id INTEGER NOT NULL REFERENCES environments (id),
  name TEXT NOT NULL);

-- Secrets by name alone: nobody reads their values here, so none are kept. No environment: the repository's own.
CREATE TABLE IF NOT EXISTS secrets (
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  environment TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (repo_id, environment, name));

CREATE TABLE IF NOT EXISTS variables (
  repo_id INTEGER NOT NULL REFERENCES repositories (id),
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (repo_id, name));
