"""The two plans that carry out Directive 53-CT/TW, as data: their tasks, word for word, and the bodies they name.

    dong_nai.yaml        39 tasks of the Đồng Nai Provincial Party Committee
    nam_dong_ha.yaml     34 tasks of the Nam Đông Hà Ward Party Committee
    organisations.yaml   the bodies named, additions, and who is superior of whom
    documents.yaml       the documents on which the plans rest

`work_plans` reads and checks them, and says with what a task's case begins.
"""
