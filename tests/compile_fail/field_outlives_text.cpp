// A field is a view of text that the batch owns; a string that dies at the end of the expression
// cannot be its text.
#include "event/event.hpp"

#include <string>
#include <string_view>

spoor::Field user(const std::string& name);

spoor::Field user(const std::string& name) {
#ifdef SPOOR_MISUSE
    return spoor::Field::text(spoor::FieldId::user_name, name + "@example.org");
#else
    return spoor::Field::text(spoor::FieldId::user_name, name);
#endif
}
