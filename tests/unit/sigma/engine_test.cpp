// The engine against the slow evaluator, on made-up rules and events that share a small stock of
// texts, so that matches and near misses are common.

#include "sigma/engine.hpp"

#include "base/random.hpp"
#include "sigma/fold.hpp"
#include "sigma/literal_index.hpp"
#include "sigma/pattern.hpp"
#include "sigma/raw_index.hpp"
#include "unit/sigma/naive_matcher.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <vector>

namespace spoor::sigma {
namespace {

using test::NaiveEvent;

const std::vector<std::string> words = {"a",
                                        "b",
                                        "ab",
                                        "-enc",
                                        "powershell",
                                        "\\cmd.exe",
                                        "c:\\windows\\",
                                        "ä",
                                        "σ",
                                        "日本",
                                        "rundll32",
                                        ".exe",
                                        "invoke-exp",
                                        "abcdefgh",
                                        " -e ",
                                        "4624",
                                        "administrator",
                                        "secret.txt",
                                        "bcdefg",
                                        "abcabcabd",
                                        "k"};

// V4: around 2^53 and 2^63 one double stands for several integers.
const std::vector<std::string> numbers = {"4623",
                                          "4624.0",
                                          "46.24e2",
                                          "0.5",
                                          "9007199254740991",
                                          "9007199254740992",
                                          "9007199254740992.0",
                                          "9007199254740993",
                                          "9007199254740993.0",
                                          "-9007199254740993",
                                          "-9007199254740992.0",
                                          "9100000000000000000",
                                          "9.1e18",
                                          "9223372036854775807",
                                          "9223372036854775807.0",
                                          "9223372036854775808",
                                          "-9223372036854775808",
                                          "1e300"};

class Maker {
public:
    explicit Maker(std::uint64_t seed) : random_(seed) {}

    std::size_t below(std::size_t n) { return random_.below(n); }

    const std::string& word() { return words[below(words.size())]; }

    // Words joined, letter case mixed.
    std::string text() {
        std::string out;
        for (std::size_t i = below(4); i > 0; --i) {
            out += word();
        }
        for (char& c : out) {
            if (c >= 'a' && c <= 'z' && below(4) == 0) {
                c = static_cast<char>(c - 'a' + 'A');
            }
        }
        return below(8) == 0 ? out + "Ä" : out;
    }

    Pattern pattern() {
        Pattern out;
        const auto put = [&](Pattern::Kind kind, std::string text) {
            if (!out.pieces.empty() && kind != Pattern::Kind::one &&
                out.pieces.back().kind == kind) {
                return;
            }
            out.pieces.push_back({kind, std::move(text)});
        };
        switch (below(6)) {
            case 0:
                put(Pattern::Kind::text, word());
                break;
            case 1:
                put(Pattern::Kind::text, word());
                put(Pattern::Kind::any, "");
                break;
            case 2:
                put(Pattern::Kind::any, "");
                put(Pattern::Kind::text, word());
                break;
            case 3:
                put(Pattern::Kind::any, "");
                put(Pattern::Kind::text, word());
                put(Pattern::Kind::any, "");
                break;
            default:
                for (std::size_t i = below(6); i > 0; --i) {
                    const auto kind = static_cast<Pattern::Kind>(below(3));
                    put(kind, kind == Pattern::Kind::text ? word() : "");
                }
        }
        return out;
    }

    Number number() {
        const std::string text =
            below(2) == 0 ? std::to_string(4623 + below(3)) : numbers[below(numbers.size())];
        return *test::naive_number(text);
    }

    Predicate predicate(std::size_t num_fields) {
        Predicate p;
        p.field = static_cast<FieldIndex>(below(num_fields));
        switch (below(10)) {
            case 0:
                p.test = Test::number;
                p.number = number();
                p.compare = static_cast<Compare>(below(3) == 0 ? below(5) : 0);
                break;
            case 1:
                p.test = Test::null;
                break;
            case 2:
                p.test = Test::exists;
                break;
            case 3:
                p.test = Test::boolean;
                p.boolean = below(2) == 0;
                break;
            default:
                p.test = Test::text;
                p.cased = below(8) == 0;
                p.pattern = pattern();
        }
        return p;
    }

    Expression expression(std::size_t num_predicates, int depth) {
        Expression e;
        if (depth == 0 || below(3) == 0) {
            e.kind = Expression::Kind::predicate;
            e.predicate = static_cast<PredicateIndex>(below(num_predicates));
            return e;
        }
        const std::size_t kind = below(7);
        e.kind = kind == 0  ? Expression::Kind::negate
                 : kind < 4 ? Expression::Kind::all
                            : Expression::Kind::any;
        for (std::size_t i = e.kind == Expression::Kind::negate ? 1 : below(4) + 1; i > 0; --i) {
            e.children.push_back(expression(num_predicates, depth - 1));
        }
        return e;
    }

    RuleSet rules() {
        RuleSet out;
        out.fields.intern("F", {"f", "g"});
        out.fields.intern("G", {"g"});
        out.fields.intern("H", {"h", "f"});
        for (std::size_t i = 0; i < 25; ++i) {
            out.predicates.push_back(predicate(3));
        }
        for (std::size_t i = 0; i < 30; ++i) {
            Rule rule;
            rule.meta.id = std::to_string(i);
            rule.logsource.product = below(3) == 0 ? "linux" : "windows";
            rule.condition = expression(out.predicates.size(), 3);
            out.rules.push_back(std::move(rule));
        }
        return out;
    }

    // Of which two are seldom the same, but for what V4 makes of numbers.
    test::NaiveValue rare_value() {
        if (below(12) == 0) {
            return {numbers[below(numbers.size())],
                    below(2) == 0 ? CapturedKind::number : CapturedKind::text};
        }
        return {text() + text() + std::to_string(below(300)), CapturedKind::text};
    }

    NaiveEvent event() {
        NaiveEvent out;
        for (const char* path : {"f", "g", "h"}) {
            for (std::size_t n = below(3); n > 0; --n) {
                out.values.push_back({path, value()});
            }
        }
        return out;
    }

private:
    test::NaiveValue value() {
        switch (below(9)) {
            case 0:
                return {std::to_string(4623 + below(3)), CapturedKind::number};
            case 8:
                return {numbers[below(numbers.size())],
                        below(2) == 0 ? CapturedKind::number : CapturedKind::text};
            case 1:
                return {"", CapturedKind::null};
            case 2:
                return {"", CapturedKind::container};
            case 3:
                return {"true", CapturedKind::yes};
            case 4:
                return {"", CapturedKind::empty};
            default:
                return {text(), CapturedKind::text};
        }
    }

    Random random_;
};

// An Event whose captured texts have the bytes behind them that the contract asks for.
class Built {
public:
    Built(const NaiveEvent& from, const std::vector<std::string>& paths) {
        for (const auto& at : from.values) {
            const auto found = std::ranges::find(paths, at.path);
            if (found == paths.end()) {
                continue;
            }
            texts_.push_back(at.value.text + std::string(8, '#'));
            captured_.push_back({std::string_view(texts_.back()).substr(0, at.value.text.size()),
                                 static_cast<std::uint16_t>(found - paths.begin()),
                                 at.value.kind});
        }
        event.product = "windows";
        event.captured = captured_;
    }

    Built(const Built&) = delete;
    Built& operator=(const Built&) = delete;

    Event event;

private:
    std::deque<std::string> texts_;
    std::vector<Captured> captured_;
};

std::shared_ptr<const RuleSet> rules_of_relation(Relation relation, bool cased) {
    auto out = std::make_shared<RuleSet>();
    Predicate p;
    p.test = Test::field;
    p.field = out->fields.intern("F", {"f"});
    p.other = out->fields.intern("G", {"g"});
    p.relation = relation;
    p.cased = cased;
    out->predicates.push_back(p);
    return out;
}

struct Collected : MatchSink {
    void on_match(const MatchView& match) override { rules.push_back(match.rule()); }

    std::vector<RuleIndex> rules;
};

TEST(SigmaEngine, AgreesWithTheSlowEvaluator) {
    std::size_t num_matches = 0;
    std::size_t num_pairs = 0;
    for (std::uint64_t seed = 0; seed < 150; ++seed) {
        Maker maker(seed);
        const auto rules = std::make_shared<const RuleSet>(maker.rules());
        const Engine engine(rules);
        Matcher matcher(engine);
        Matcher one_by_one(engine);
        const int num_events = seed % 10 == 0 ? 700 : 60;  // also beyond the learning of keys
        for (int i = 0; i < num_events; ++i) {
            const NaiveEvent naive = maker.event();
            const Built built(naive, engine.paths());
            Collected collected;
            matcher.match({&built.event, 1}, collected);
            std::vector<RuleIndex> expected;
            for (RuleIndex r = 0; r < rules->rules.size(); ++r) {
                const bool matches = test::naive_matches(*rules, rules->rules[r].condition, naive);
                ASSERT_EQ(one_by_one.matches(built.event, r), matches)
                    << "seed " << seed << ", event " << i << ", rule " << r;
                if (matches && rules->rules[r].logsource.product == "windows") {
                    expected.push_back(r);
                }
            }
            ASSERT_EQ(collected.rules, expected) << "seed " << seed << ", event " << i;
            num_matches += expected.size();
            num_pairs += rules->rules.size();
        }
    }
    EXPECT_GT(num_matches, num_pairs / 20);  // the comparison means something
}

// A node says no by the literal's edge or summary; where those let it through, all is compared.
TEST(SigmaEngine, ALongLiteralIsComparedWhole) {
    const std::string literal = "abcdefgh-ijklmnop";
    const Pattern::Piece text{Pattern::Kind::text, literal};
    const Pattern::Piece any{Pattern::Kind::any, ""};
    auto rules = std::make_shared<RuleSet>();
    const FieldIndex field = rules->fields.intern("F", {"f"});
    for (const auto& pieces : std::vector<std::vector<Pattern::Piece>>{
             {text}, {text, any}, {any, text}, {any, text, any}}) {
        Predicate p;
        p.test = sigma::Test::text;
        p.field = field;
        p.pattern.pieces = pieces;
        rules->predicates.push_back(p);
        Rule rule;
        rule.condition.kind = Expression::Kind::predicate;
        rule.condition.predicate = static_cast<PredicateIndex>(rules->predicates.size() - 1);
        rules->rules.push_back(rule);
    }
    const Engine engine(rules);
    Matcher matcher(engine);
    const auto met = [&](const std::string& value) {
        const NaiveEvent event{{{"f", {value, CapturedKind::text}}}};
        const Built built(event, engine.paths());
        std::string out;
        for (RuleIndex r = 0; r < rules->rules.size(); ++r) {
            const bool matches = matcher.matches(built.event, r);
            EXPECT_EQ(matches, test::naive_matches(*rules, rules->rules[r].condition, event));
            out += matches ? '1' : '0';
        }
        return out;
    };
    EXPECT_EQ(met(literal), "1111");
    EXPECT_EQ(met("abcdefgh-ijklmnop."), "0101");
    EXPECT_EQ(met(".abcdefgh-ijklmnop"), "0011");
    for (std::size_t i = 0; i < literal.size(); ++i) {
        std::string other = literal;
        other[i] = 'X';
        EXPECT_EQ(met(other), "0000") << other;
        other = literal;
        other.insert(i, "X");
        EXPECT_EQ(met(other), i == 0 ? "0011" : "0000") << other;
        EXPECT_EQ(met(literal.substr(i) + literal.substr(0, i)), i == 0 ? "1111" : "0000");
    }
}

// More values than summaries are kept for: those without one are compared.
TEST(SigmaEngine, FindsTheLastOfManyValues) {
    auto rules = std::make_shared<RuleSet>();
    Predicate p;
    p.test = sigma::Test::text;
    p.field = rules->fields.intern("F", {"f"});
    p.pattern.pieces = {
        {Pattern::Kind::any, ""}, {Pattern::Kind::text, "needle"}, {Pattern::Kind::any, ""}};
    rules->predicates.push_back(p);
    const Engine engine(rules);
    Matcher matcher(engine);
    for (const std::size_t size : {1U, 10'000U, 4'095U, 4'096U, 1U}) {
        NaiveEvent event;
        for (std::size_t i = 0; i < size; ++i) {
            event.values.push_back({"f", {"hay" + std::to_string(i), CapturedKind::text}});
        }
        EXPECT_FALSE(matcher.holds(Built(event, engine.paths()).event, 0)) << size;
        event.values.back().value.text = "a Needle in it";
        EXPECT_TRUE(matcher.holds(Built(event, engine.paths()).event, 0)) << size;
    }
}

// M13: lists that are looked up by hash, against their pairs compared one by one.
TEST(SigmaFieldRelation, EqualityOfListsIsThatOfPairs) {
    std::size_t num_met = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Maker maker(seed);
        const Engine engine(rules_of_relation(Relation::equal, seed % 4 == 0));
        Matcher matcher(engine);
        const auto values = [&](const char* path) {
            std::vector<NaiveEvent::At> out;
            while (out.size() < 33) {
                out.push_back({path, maker.rare_value()});
            }
            return out;
        };
        const auto f = values("f");
        const auto g = values("g");
        bool expected = false;
        for (const auto& a : f) {
            for (const auto& b : g) {
                const Built pair({{a, b}}, engine.paths());
                expected = expected || matcher.holds(pair.event, 0);
            }
        }
        NaiveEvent all{f};
        all.values.insert(all.values.end(), g.begin(), g.end());
        const Built built(all, engine.paths());
        ASSERT_EQ(matcher.holds(built.event, 0), expected) << "seed " << seed;
        num_met += expected ? 1 : 0;
    }
    EXPECT_GT(num_met, 20U);
    EXPECT_LT(num_met, 280U);
}

// M13, M17. As long as a product of the lists it would take minutes.
TEST(SigmaFieldRelation, LongListsHaveABound) {
    NaiveEvent event;
    for (int i = 0; i < 60'000; ++i) {
        event.values.push_back({"f", {"x" + std::to_string(i), CapturedKind::text}});
        event.values.push_back({"g", {"y" + std::to_string(i), CapturedKind::text}});
    }
    event.values.push_back({"f", {"Y59999", CapturedKind::text}});
    const auto holds = [&](Relation relation, std::uint64_t num_unfinished) {
        const Engine engine(rules_of_relation(relation, false));
        Matcher matcher(engine);
        const bool out = matcher.holds(Built(event, engine.paths()).event, 0);
        EXPECT_EQ(matcher.take_unfinished(), num_unfinished);
        EXPECT_EQ(matcher.take_unfinished(), 0U);
        return out;
    };
    EXPECT_TRUE(holds(Relation::equal, 0));
    EXPECT_FALSE(holds(Relation::starts_with, 1));
    EXPECT_FALSE(holds(Relation::contains, 1));
    event.values.front() = event.values.back();
    EXPECT_TRUE(holds(Relation::starts_with, 0));
}

TEST(SigmaPattern, AgreesWithTheSlowOne) {
    Maker maker(7);
    std::size_t met = 0;
    for (int i = 0; i < 40'000; ++i) {
        const Pattern pattern = maker.pattern();
        const std::string text = folded(maker.text());
        const bool expected = test::naive_meets(text, pattern);
        ASSERT_EQ(meets(text, pattern), expected) << text;
        met += expected ? 1 : 0;
    }
    EXPECT_GT(met, 1000U);
}

// Few letters, so that much begins and ends alike; lengths around the steps of sixteen.
TEST(SigmaPattern, HasInsideFindsWhatASearchFinds) {
    Random random(11);
    std::size_t found = 0;
    for (int i = 0; i < 60'000; ++i) {
        const auto letters = [&](std::size_t n) {
            std::string text;
            while (text.size() < n) {
                text += static_cast<char>('a' + random.below(2));
            }
            return text;
        };
        const std::string text = letters(random.below(90));
        std::string needle = letters(random.below(i % 50 == 0 ? 300 : 12));
        if (i % 3 == 0 && !text.empty()) {
            const std::size_t at = random.below(text.size());
            needle = text.substr(at, random.below(text.size() - at + 1));
        }
        const bool expected = text.find(needle) != std::string::npos;
        ASSERT_EQ(has_inside(text, needle), expected) << needle << " in " << text;
        found += expected ? 1 : 0;
    }
    EXPECT_GT(found, 20'000U);
}

// An escape may stand for any letter: wherever it lies, each literal may be there.
TEST(SigmaRawIndex, DoubtsARecordWithAnEscapeAnywhere) {
    RawIndex index;
    index.add("mimikatz", 1);
    index.build();
    const auto is_met = [&](std::string_view record) {
        bool met = false;
        index.scan(record, [&](std::uint32_t /*id*/) { met = true; });
        return met;
    };
    for (std::size_t before = 0; before < 40; ++before) {
        for (std::size_t behind = 0; behind < 40; ++behind) {
            const auto record = [&](std::string_view middle) {
                return std::string(before, '.') + std::string(middle) + std::string(behind, '.') +
                       '}';
            };
            EXPECT_TRUE(is_met(record("MimiKatz")));
            EXPECT_TRUE(is_met(record(R"(\u006d)"))) << before << " " << behind;
            EXPECT_TRUE(is_met(record(R"(\\\u006d)")));
            EXPECT_FALSE(is_met(record(R"(C:\\users)")));
            EXPECT_FALSE(is_met(record("mimi")));
            EXPECT_TRUE(is_met(record("\u212A"))) << "the Kelvin sign folds to k";
            EXPECT_FALSE(is_met(record("\u00e4")));
        }
    }
}

TEST(SigmaLiteralIndex, FindsWhatASearchFinds) {
    using Place = LiteralIndex::Place;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        Maker maker(seed);
        const std::size_t least = seed % 2 == 0 ? 1 : 7;  // both strides
        std::deque<std::string> texts;
        std::vector<Place> places;
        LiteralIndex index;
        while (texts.size() < 30) {
            std::string literal = folded(maker.text());
            if (literal.size() < least) {
                continue;
            }
            texts.push_back(std::move(literal));
            places.push_back(static_cast<Place>(maker.below(4)));
            index.add(places.back(), texts.back(), static_cast<std::uint32_t>(texts.size() - 1));
        }
        GramWeights weights;
        weights.add(maker.text(), 3);
        index.build(weights);
        for (int i = 0; i < 100; ++i) {
            const std::string text = folded(maker.text() + maker.text());
            const std::string padded = text + std::string(LiteralIndex::padding, 'a');
            std::set<std::uint32_t> expected;
            for (std::uint32_t k = 0; k < texts.size(); ++k) {
                const bool found = places[k] == Place::anywhere
                                       ? text.find(texts[k]) != std::string::npos
                                   : places[k] == Place::start ? text.starts_with(texts[k])
                                   : places[k] == Place::end   ? text.ends_with(texts[k])
                                                               : text == texts[k];
                if (found) {
                    expected.insert(k);
                }
            }
            std::set<std::uint32_t> got;
            index.scan(std::string_view(padded).substr(0, text.size()),
                       [&](std::uint32_t id) { got.insert(id); });
            ASSERT_EQ(got, expected) << "seed " << seed << ": " << text;
        }
    }
}

TEST(SigmaFold, SimpleCaseFolding) {
    EXPECT_EQ(folded("C:\\Windows\\SYSTEM32\\Cmd.EXE -ENC 0123456789ABCDEF"),
              "c:\\windows\\system32\\cmd.exe -enc 0123456789abcdef");
    EXPECT_EQ(folded("STRASSE ß ẞ İ ſ \u212A ΣΑΣ ДА"), "strasse ß ß İ s k σασ да");
    EXPECT_EQ(folded(""), "");
}

}  // namespace
}  // namespace spoor::sigma
