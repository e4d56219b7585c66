#include "sigma/documents.hpp"

namespace spoor::sigma {
void read_correlation(const YamlNode& document, CorrelationDraft& out) {
    out.report.error("unsupported", document.place, "correlations are not read yet");
}

void read_filter(const YamlNode& document, const ReadOptions&, FilterDraft& out) {
    out.report.error("unsupported", document.place, "filters are not read yet");
}
}  // namespace spoor::sigma
