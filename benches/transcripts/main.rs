//! One gigabyte of agents' transcripts, most of it prompts and the output of tools. docs/PERFORMANCE.md has the figures.
//!
//! `cargo bench --bench transcripts` writes them to `target/transcripts/` if they are not there, in the structure that Claude
//! Code, Kimi Code and Codex write (the samples of real runs), and says how to measure. It stands alone, so that
//! `rustc -O benches/transcripts/main.rs` makes it without the rest. Always the same bytes: one seed, no clock.

// A bench of its own reports to standard output.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

/// Bytes of all files together.
const ALL: u64 = 1 << 30;
/// Bytes of a file: a session of some hours.
const FILE: u64 = 20 << 20;
/// 2026-03-01T00:00:00Z in milliseconds.
const BEGIN_MS: u64 = 1_772_323_200_000;
/// Every so many requests one is refused.
const REFUSED: u64 = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(option_env!("CARGO_MANIFEST_DIR").unwrap_or(".")).join("target/transcripts");
    if !folder.is_dir() {
        let unfinished = folder.with_extension("part");
        write_all(&unfinished)?;
        fs::rename(&unfinished, &folder)?;
    }
    println!("{} is there; `docs/PERFORMANCE.md` has the commands", folder.display());
    Ok(())
}

fn write_all(folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut made = Made { random: Random(7), ms: BEGIN_MS, written: 0 };
    for n in 0..ALL / FILE {
        // Of five files two are Claude Code's, two Codex's and one Kimi Code's.
        let name = match n % 5 {
            0 | 2 => format!("claude/projects/-home-user-shop/{:08x}-1111-4222-8333-444455556666.jsonl", n + 1),
            1 | 3 => format!(
                "codex/sessions/2026/03/01/rollout-2026-03-01T00-00-00-{:08x}-14c0-7000-8000-000000000001.jsonl",
                n + 1
            ),
            _ => format!(
                "kimi-code/sessions/wd_shop_5933dce42787/session_{:08x}-4c1e-4cb2-9d5c-06ec1a1fd2ee/agents/main/wire.jsonl",
                n + 1
            ),
        };
        let path = folder.join(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        made.ms = BEGIN_MS + n * 7_200_000;
        made.written = 0;
        match n % 5 {
            0 | 2 => made.claude(n, &mut out)?,
            1 | 3 => made.codex(n, &mut out)?,
            _ => made.kimi(n, &mut out)?,
        }
        out.flush()?;
    }
    Ok(())
}

struct Made {
    random: Random,
    ms: u64,
    written: u64,
}

impl Made {
    fn line(&mut self, out: &mut impl Write, line: &str) -> std::io::Result<()> {
        self.written += line.len() as u64 + 1;
        out.write_all(line.as_bytes())?;
        out.write_all(b"\n")
    }

    fn stamp(&mut self, after_ms: u64) -> String {
        self.ms += after_ms;
        let (days, ms) = (self.ms / 86_400_000, self.ms % 86_400_000);
        let (year, month, day) = civil(days);
        let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{:03}Z", ms % 1000)
    }

    fn claude(&mut self, n: u64, out: &mut impl Write) -> std::io::Result<()> {
        let session = format!("{:08x}-1111-4222-8333-444455556666", n + 1);
        let mut parent = "null".to_owned();
        let mut k = 0u64;
        while self.written < FILE {
            k += 1;
            let frame = |parent: &str, kind: &str, rest: &str, uuid: &str, at: &str| {
                format!(
                    "{{\"parentUuid\":{parent},\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/home/user/shop\",\"sessionId\":\"{session}\",\"version\":\"2.1.111\",\"gitBranch\":\"main\",\"type\":\"{kind}\",{rest},\"uuid\":\"{uuid}\",\"timestamp\":\"{at}\"}}"
                )
            };
            let uuid = |part: u64| format!("{n:08x}-{part:04x}-4000-8000-{k:012x}");
            let at = self.stamp(400);
            let output = self.random.text(60_000);
            let content =
                format!("{{\"tool_use_id\":\"toolu_{k:024x}\",\"type\":\"tool_result\",\"content\":\"{output}\"}}");
            let content = format!(
                "\"message\":{{\"role\":\"user\",\"content\":[{content}]}},\"toolUseResult\":{{\"stdout\":\"{output}\",\"stderr\":\"\",\"interrupted\":false}}"
            );
            self.line(out, &frame(&parent, "user", &content, &uuid(1), &at))?;
            parent = format!("\"{}\"", uuid(1));
            if k.is_multiple_of(REFUSED) {
                let at = self.stamp(900);
                let rest = "\"error\":\"rate_limit\",\"isApiErrorMessage\":true,\"apiErrorStatus\":429,\"message\":{\"id\":\"m\",\"model\":\"<synthetic>\",\"role\":\"assistant\",\"type\":\"message\",\"usage\":{\"input_tokens\":0,\"output_tokens\":0},\"content\":[{\"type\":\"text\",\"text\":\"API Error: Server is temporarily limiting requests (not your usage limit) · Rate limited\"}]}";
                self.line(out, &frame(&parent, "assistant", rest, &uuid(2), &at))?;
                continue;
            }
            for block in 0..3u64 {
                let at = self.stamp(if block == 0 { 9_000 } else { 1_100 });
                let text = self.random.text(1_500);
                let block_json = if block == 2 {
                    format!(
                        "{{\"type\":\"tool_use\",\"id\":\"toolu_{k:024x}\",\"name\":\"Bash\",\"input\":{{\"command\":\"{text}\"}}}}"
                    )
                } else {
                    format!("{{\"type\":\"text\",\"text\":\"{text}\"}}")
                };
                let rest = format!(
                    "\"message\":{{\"model\":\"claude-opus-4-7\",\"id\":\"msg_{n:08x}{k:016x}\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{block_json}],\"stop_reason\":null,\"usage\":{{\"input_tokens\":4,\"cache_creation_input_tokens\":900,\"cache_read_input_tokens\":34836,\"output_tokens\":{},\"service_tier\":\"standard\"}}}},\"requestId\":\"req_{n:08x}{k:016x}\"",
                    2 + block * 120
                );
                self.line(out, &frame(&parent, "assistant", &rest, &uuid(3 + block), &at))?;
                parent = format!("\"{}\"", uuid(3 + block));
            }
        }
        Ok(())
    }

    fn codex(&mut self, n: u64, out: &mut impl Write) -> std::io::Result<()> {
        let thread = format!("{:08x}-14c0-7000-8000-000000000001", n + 1);
        let at = self.stamp(0);
        let meta = format!(
            "{{\"timestamp\":\"{at}\",\"type\":\"session_meta\",\"payload\":{{\"id\":\"{thread}\",\"timestamp\":\"{at}\",\"cwd\":\"/home/user/shop\",\"originator\":\"codex-tui\",\"cli_version\":\"0.121.0\",\"source\":\"cli\",\"model_provider\":\"openai\"}}}}"
        );
        self.line(out, &meta)?;
        let (mut k, mut total) = (0u64, 0u64);
        while self.written < FILE {
            k += 1;
            let at = self.stamp(300);
            let context = format!(
                "{{\"timestamp\":\"{at}\",\"type\":\"turn_context\",\"payload\":{{\"turn_id\":\"{k:08x}-ff20-7000-8000-000000000101\",\"cwd\":\"/home/user/shop\",\"model\":\"gpt-5.4\",\"effort\":\"high\"}}}}"
            );
            self.line(out, &context)?;
            for _ in 0..2 {
                let (at, output) = (self.stamp(2_000), self.random.text(50_000));
                self.line(out, &format!("{{\"timestamp\":\"{at}\",\"type\":\"response_item\",\"payload\":{{\"type\":\"function_call_output\",\"call_id\":\"call_{k:024x}\",\"output\":\"{{\\\"output\\\":\\\"{}\\\",\\\"metadata\\\":{{\\\"exit_code\\\":0}}}}\"}}}}", output.replace('\\', "\\\\")))?;
                let (at, text) = (self.stamp(8_000), self.random.text(2_000));
                self.line(out, &format!("{{\"timestamp\":\"{at}\",\"type\":\"response_item\",\"payload\":{{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{{\"type\":\"output_text\",\"text\":\"{text}\"}}]}}}}"))?;
                let (at, output) = (self.stamp(10), self.random.text(20_000));
                self.line(out, &format!("{{\"timestamp\":\"{at}\",\"type\":\"event_msg\",\"payload\":{{\"type\":\"exec_command_end\",\"call_id\":\"call_{k:024x}\",\"turn_id\":\"{k:08x}-ff20-7000-8000-000000000101\",\"aggregated_output\":\"{output}\",\"exit_code\":0,\"duration\":{{\"secs\":0,\"nanos\":7}}}}}}"))?;
                total += 14_703;
                let at = self.stamp(40);
                let used = 40 + k % 50;
                self.line(out, &format!("{{\"timestamp\":\"{at}\",\"type\":\"event_msg\",\"payload\":{{\"type\":\"token_count\",\"info\":{{\"total_token_usage\":{{\"input_tokens\":{total},\"cached_input_tokens\":12000,\"output_tokens\":288,\"reasoning_output_tokens\":64,\"total_tokens\":{total}}},\"last_token_usage\":{{\"input_tokens\":14415,\"cached_input_tokens\":12000,\"output_tokens\":288,\"reasoning_output_tokens\":64,\"total_tokens\":14703}},\"model_context_window\":258400}},\"rate_limits\":{{\"limit_id\":\"codex\",\"primary\":{{\"used_percent\":{used}.0,\"window_minutes\":300,\"resets_at\":1772341200}},\"secondary\":{{\"used_percent\":41.0,\"window_minutes\":10080,\"resets_at\":1772755200}},\"credits\":null,\"plan_type\":\"plus\"}}}}}}"))?;
            }
        }
        Ok(())
    }

    fn kimi(&mut self, n: u64, out: &mut impl Write) -> std::io::Result<()> {
        self.line(out, &format!("{{\"type\":\"metadata\",\"protocol_version\":\"1.5\",\"created_at\":{}}}", self.ms))?;
        let mut k = 0u64;
        while self.written < FILE {
            k += 1;
            let turn = k / 20;
            self.ms += 60;
            let request = format!(
                "{{\"type\":\"llm.request\",\"agentId\":\"main\",\"kind\":\"loop\",\"provider\":\"kimi\",\"model\":\"kimi-for-coding\",\"modelAlias\":\"k\",\"maxTokens\":262144,\"messageCount\":5,\"turnStep\":\"{turn}.{k}\",\"time\":{}}}",
                self.ms
            );
            self.line(out, &request)?;
            if k.is_multiple_of(REFUSED) {
                self.ms += 700;
                let retry = format!(
                    "{{\"type\":\"turn.step.retrying\",\"agentId\":\"main\",\"turnId\":{turn},\"step\":{k},\"stepId\":\"e5ba\",\"failedAttempt\":1,\"nextAttempt\":2,\"maxAttempts\":10,\"delayMs\":1000,\"errorName\":\"APIProviderRateLimitError\",\"errorMessage\":\"429 The engine is currently overloaded, please try again later\",\"statusCode\":429,\"time\":{}}}",
                    self.ms
                );
                self.line(out, &retry)?;
                continue;
            }
            self.ms += 9_000;
            let usage = "{\"inputOther\":2415,\"output\":288,\"inputCacheRead\":12000,\"inputCacheCreation\":0}";
            self.line(out, &format!("{{\"type\":\"usage.record\",\"agentId\":\"main\",\"model\":\"k\",\"usage\":{usage},\"usageScope\":\"turn\",\"time\":{}}}", self.ms))?;
            let id = format!("{n:08x}-4000-8000-8000-{k:012x}");
            let event = |event: &str, ms: u64| {
                format!(
                    "{{\"type\":\"context.append_loop_event\",\"agentId\":\"main\",\"event\":{{{event},\"uuid\":\"{id}\",\"turnId\":\"{turn}\",\"step\":{k}}},\"time\":{ms}}}"
                )
            };
            let text = self.random.text(1_500);
            self.line(
                out,
                &event(
                    &format!("\"type\":\"content.part\",\"part\":{{\"type\":\"text\",\"text\":\"{text}\"}}"),
                    self.ms,
                ),
            )?;
            self.line(out, &event(&format!("\"type\":\"step.end\",\"finishReason\":\"tool_use\",\"usage\":{usage},\"llmFirstTokenLatencyMs\":177,\"messageId\":\"chatcmpl-{k}\""), self.ms))?;
            let output = self.random.text(60_000);
            self.line(out, &event(&format!("\"type\":\"tool.result\",\"toolCallId\":\"call_{k}\",\"result\":{{\"output\":\"{output}\",\"durationMs\":28}}"), self.ms + 30))?;
            let copy = format!(
                "{{\"message\":{{\"message\":{{\"role\":\"tool\",\"content\":[{{\"type\":\"text\",\"text\":\"{output}\"}}]}},\"meta\":{{\"source\":\"tool\"}}}},\"type\":\"agent.message.appended\",\"time\":{},\"kind\":\"event\"}}",
                self.ms + 31
            );
            self.line(out, &copy)?;
            self.ms += 200;
        }
        Ok(())
    }
}

/// Knuth's linear congruential generator (MMIX).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// Text as a tool prints it, escaped for JSON: lines of code with quotes, some of which speak of limits. Most outputs are
    /// short and few are long, so the mean is about a quarter of `most`.
    fn text(&mut self, most: u64) -> String {
        const LINES: [&str; 8] = [
            "    let status = response.status().as_u16();\\n",
            "src/shop/basket.rs:118:        if total > limit { return Err(Error::new(\\\"too many\\\")); }\\n",
            "test basket::adds_up ... ok\\n",
            "   1024   /home/user/shop/src/main.rs — 3 changes, 17 lines\\n",
            "error: HTTP 429 Too Many Requests: {\\\"type\\\":\\\"rate_limit_error\\\"} (a fixture)\\n",
            "\\t\\treturn fmt.Errorf(\\\"read %s: %w\\\", name, err)\\n",
            "drwxr-xr-x  2 user user 4096 Mar  1 00:00 templates\\n",
            "The quick brown fox jumps over the lazy dog, and the dog does not mind at all.\\n",
        ];
        let share = self.below(1000);
        let length = (most * share / 1000 * share / 1000).max(120) as usize;
        let mut text = String::with_capacity(length + 120);
        while text.len() < length {
            text.push_str(LINES[self.below(LINES.len() as u64) as usize]);
        }
        let _ = write!(text, "[{share}]");
        text
    }
}

/// Year, month and day of a day since 1970 (Howard Hinnant, days_from_civil).
fn civil(days: u64) -> (u64, u64, u64) {
    let z = days + 719_468;
    let (era, doe) = (z / 146_097, z % 146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    (yoe + era * 400 + u64::from(month <= 2), month, day)
}
