#include "config/reference.hpp"

#include "base/json_writer.hpp"
#include "config/kafka_properties.hpp"
#include "config/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace spoor::config {

namespace {

constexpr std::string_view introduction = R"(# Configuration

This page is printed by `spoor config reference`; a test keeps the two the same.

A configuration is one YAML file: `--config FILE`, else `./config.yaml` if there is one, else the
defaults below. `spoor config init --profile demo|file|kafka` writes one to start from,
`spoor config check FILE` finds all mistakes in it at once, `spoor config show` lists what is in
force and where each value came from, and `spoor config schema` prints a JSON Schema for editors.
A `config.yaml` of the original APT Detection System works as it is.

- A value may hold `${VAR}` (an environment variable, which must be set), `${VAR:-default}`, or
  `${file:PATH}` (the content of a file, without the line end at its end). `$${` is a plain `${`.
  Keep passwords out of the file that way; they are never shown or logged.
- A duration is a number of the unit in the table, or a number with its unit: `250ms`, `30s`, `10m`,
  `2h`, `7d`. A size is a number of bytes, or one with its unit: `64KiB`, `16MiB`, `2GiB`, `10MB`.
- Unknown keys, keys that are set twice, values of the wrong type and values out of range are
  errors. Aliases, tags and tabs in the indentation are not taken; the file may have 1 MiB.
- *Replaced* keys are taken and checked, and something else stands in their place. *No effect* means
  that this version takes and checks a key of the original, and that nothing comes of it.
)";

struct SectionText {
    std::string_view path;
    std::string_view title;
    std::string_view text;
};

constexpr SectionText section_texts[] = {
    {"kafka",
     "kafka",
     "Reading from Kafka; how to set it up is in [kafka.md](kafka.md). Without this section Kafka "
     "is "
     "not read, and the rest runs. The names are those of the original and of kafka-python."},
    {"files", "files", "Files that are followed, beside or instead of Kafka."},
    {"pipeline", "pipeline", "The path of an event: threads, time, checkpoints, queues."},
    {"sigma",
     "sigma",
     "Sigma rules; what they mean exactly is in [sigma-semantics.md](sigma-semantics.md)."},
    {"store", "store", "The embedded store, in the data folder."},
    {"dead_letters", "dead_letters", "Records that could not be decoded (`spoor dlq list`)."},
    {"redis", "redis", "Alerts to Redis as well."},
    {"settings",
     "settings",
     "The original's section for logging, detection and alerts, and what was added to it."},
    {"data_dir", "data_dir", ""},
    {"simulation", "simulation", "What `spoor simulate` makes up."},
    {"data_sources", "data_sources", "Sources of the original that this version does not read."},
    {"dashboard", "dashboard", "The original's web page."},
    {"model_paths", "model_paths", "The original's models."},
    {"training_params", "training_params", "Their training."},
    {"hybrid_model", "hybrid_model", "Their combination."},
    {"split_params", "split_params", "Their evaluation."},
    {"data_paths", "data_paths", "Their data."},
};

std::string in_cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '|' ? "\\|" : std::string(1, c);
    }
    return out;
}

std::string number_text(double number) {
    return number == static_cast<double>(static_cast<std::int64_t>(number))
               ? fmt::format("{}", static_cast<std::int64_t>(number))
               : fmt::format("{}", number);
}

std::string takes(const Key& key) {
    if (key.type == KeyType::choice) {
        return fmt::format("{}", fmt::join(split_choices(key.choices), ", "));
    }
    std::string text(key.type == KeyType::secret ? "secret text" : type_name(key.type));
    if (key.type == KeyType::duration) {
        text += fmt::format(" ({})", key.unit);
    }
    const bool min = key.min != std::numeric_limits<double>::lowest();
    const bool max = key.max != std::numeric_limits<double>::max();
    if (min && max) {
        text += fmt::format(", {} to {}", number_text(key.min), number_text(key.max));
    }
    return text;
}

void row(const Key& key, std::string& out) {
    std::string about(key.about);
    if (key.status == KeyStatus::replaced) {
        about += fmt::format(". *Replaced:* {}", key.note);
    } else if (key.status == KeyStatus::accepted) {
        about += ". *No effect*";
    } else if (!key.note.empty()) {
        about += fmt::format(". Mind: {}", key.note);
    }
    const std::string fallback =
        key.fallback.empty() ? std::string{} : fmt::format("`{}`", key.fallback);
    out += fmt::format(
        "| `{}` | {} | {} | {} |\n", key.path, in_cell(takes(key)), fallback, in_cell(about));
}

}  // namespace

std::string reference_page() {
    std::string out(introduction);
    for (const SectionText& section : section_texts) {
        out += fmt::format("\n## {}\n\n", section.title);
        if (!section.text.empty()) {
            out += fmt::format("{}\n\n", section.text);
        }
        std::string_view told;
        for (const Key& key : keys()) {
            if (key.path.substr(0, key.path.find('.')) == section.path &&
                key.status == KeyStatus::accepted && key.note != told &&
                section.path != "settings") {
                told = key.note;
                out += fmt::format("`{}`: {}.\n\n", key.path.substr(0, key.path.rfind('.')), told);
            }
        }
        out += "| key | takes | default | what it does |\n| --- | --- | --- | --- |\n";
        for (const Key& key : keys()) {
            if (key.path.substr(0, key.path.find('.')) == section.path) {
                row(key, out);
            }
        }
    }
    out += R"(
## Properties that `kafka.librdkafka` refuses

| property | why, and what instead |
| --- | --- |
)";
    for (const KafkaProperty& p : kafka_properties()) {
        if (const std::string_view why = denied(p.name); !why.empty()) {
            out += fmt::format("| `{}` | {} |\n", p.name, why);
        }
    }
    return out;
}

std::string listing(const std::vector<Shown>& shown) {
    std::size_t widest = 0;
    constexpr std::size_t max_width = 72;
    for (const Shown& s : shown) {
        widest = std::max(widest, s.path.size() + s.value.size() + 3);
    }
    widest = std::min(widest, max_width);
    std::string out;
    for (const Shown& s : shown) {
        const std::string left = fmt::format("{} = {}", s.path, s.value);
        out += fmt::format(
            "{:<{}}  # {}{}\n", left, widest, s.origin, s.has_effect ? "" : " (no effect)");
    }
    return out;
}

std::string listing_json(const std::vector<Shown>& shown) {
    std::string out;
    JsonWriter w(out);
    w.begin_array();
    for (const Shown& s : shown) {
        w.begin_object()
            .member("path", std::string_view(s.path))
            .member("value", std::string_view(s.value))
            .member("origin", std::string_view(s.origin))
            .member("has_effect", s.has_effect)
            .end_object();
    }
    w.end_array();
    out += '\n';
    return out;
}

}  // namespace spoor::config
